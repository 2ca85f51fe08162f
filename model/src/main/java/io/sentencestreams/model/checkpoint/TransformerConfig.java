package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The architecture of a transformer: what {@code config.json} of a Hugging Face model says, with
 * the library's defaults where it says nothing.
 *
 * @param modelType family, such as {@code bert}
 * @param vocabSize rows of the word embeddings
 * @param hiddenSize length of a token embedding
 * @param layers number of transformer layers
 * @param heads attention heads in a layer
 * @param intermediateSize width of the feed-forward part
 * @param hiddenAct activation of the feed-forward part, such as {@code gelu}
 * @param layerNormEps epsilon of the LayerNorms
 * @param maxPositionEmbeddings rows of the position embeddings; 0 where positions are relative only
 * @param typeVocabSize rows of the token type embeddings; 0 where the family has none
 * @param padTokenId id of the padding token
 * @param positionEmbeddingType such as {@code absolute}
 * @param hiddenDropout dropout of embeddings and layers while training
 * @param attentionDropout dropout of attention weights while training
 * @param embeddingSize columns of the word embeddings, where a projection to {@code hiddenSize}
 *     follows them, or else {@code hiddenSize}
 * @param family what only some families have
 */
public record TransformerConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    String hiddenAct,
    double layerNormEps,
    int maxPositionEmbeddings,
    int typeVocabSize,
    int padTokenId,
    String positionEmbeddingType,
    double hiddenDropout,
    double attentionDropout,
    int embeddingSize,
    Family family) {

  private static final List<String> MODEL_TYPES =
      List.of(
          "bert",
          "roberta",
          "xlm-roberta",
          "camembert",
          "distilbert",
          "albert",
          "electra",
          "mpnet",
          "xlnet",
          "flaubert",
          "xlm");

  /**
   * What only some families have.
   *
   * @param relativeBuckets MPNet: buckets of relative positions, or else 0
   * @param layerGroups ALBERT: groups of layers that share their weights, or else 0
   * @param layersInGroup ALBERT: layers in a group
   * @param preNorm FlauBERT: whether a layer normalizes its input instead of its output
   * @param clampLength XLNet: the farthest relative position, or -1
   * @param tokenTypes whether the tokenizer names token types: XLM and FlauBERT add the word
   *     embedding of the type, which is that of word 0
   */
  public record Family(
      int relativeBuckets,
      int layerGroups,
      int layersInGroup,
      boolean preNorm,
      int clampLength,
      boolean tokenTypes) {}

  /**
   * Reads {@code config.json}.
   *
   * @throws CheckpointException if the file is missing, the architecture is not supported, or a key
   *     has a value that makes no model
   */
  public static TransformerConfig read(Path file) {
    return parse(JsonFile.read(file));
  }

  private static TransformerConfig parse(JsonFile json) {
    JsonNode root = json.root();
    String modelType = modelType(json);
    int hiddenSize = json.positive("hidden_size", "dim", "d_model", "emb_dim");
    int heads = json.positive("num_attention_heads", "n_heads", "n_head");
    if (hiddenSize % heads != 0) {
      throw json.error(
          "hidden_size %d is not a multiple of num_attention_heads %d"
              .formatted(hiddenSize, heads));
    }
    boolean xlm = modelType.equals("xlm") || modelType.equals("flaubert");
    int layers = json.positive("num_hidden_layers", "n_layers", "n_layer");
    boolean projected = modelType.equals("albert") || modelType.equals("electra");
    return new TransformerConfig(
        modelType,
        json.positive("vocab_size", "n_words", "n_token"),
        hiddenSize,
        layers,
        heads,
        xlm ? 4 * hiddenSize : json.positive("intermediate_size", "hidden_dim", "d_inner"),
        activation(root, modelType),
        // DistilBERT's is not in its configuration.
        root.path("layer_norm_eps").asDouble(1e-12),
        modelType.equals("xlnet") ? 0 : json.positive("max_position_embeddings"),
        root.path("type_vocab_size").asInt(defaultTypes(modelType)),
        root.path("pad_token_id").asInt(defaultPadding(modelType)),
        root.path("position_embedding_type").asText("absolute"),
        root.path("hidden_dropout_prob").asDouble(root.path("dropout").asDouble(0.1)),
        root.path("attention_probs_dropout_prob")
            .asDouble(root.path("attention_dropout").asDouble(root.path("dropout").asDouble(0.1))),
        projected ? json.positive("embedding_size") : hiddenSize,
        family(json, modelType));
  }

  private static String activation(JsonNode root, String modelType) {
    if (modelType.equals("xlm") || modelType.equals("flaubert")) {
      return root.path("gelu_activation").asBoolean(true) ? "gelu" : "relu";
    }
    for (String key : List.of("hidden_act", "activation", "ff_activation")) {
      if (root.path(key).isTextual()) {
        return root.path(key).asText();
      }
    }
    return modelType.equals("albert") ? "gelu_new" : "gelu";
  }

  /** RoBERTa's positions are counted from behind it; before 2.8 it was not in the configuration. */
  private static int defaultPadding(String modelType) {
    return switch (modelType) {
      case "roberta", "xlm-roberta", "camembert" -> 1;
      default -> 0;
    };
  }

  private static int defaultTypes(String modelType) {
    return switch (modelType) {
      case "bert", "roberta", "xlm-roberta", "camembert", "albert", "electra" -> 2;
      default -> 0;
    };
  }

  private static Family family(JsonFile json, String modelType) {
    JsonNode root = json.root();
    return switch (modelType) {
      case "mpnet" ->
          new Family(root.path("relative_attention_num_buckets").asInt(32), 0, 0, false, -1, false);
      case "albert" -> albert(json);
      case "xlnet" -> {
        refuse(json, "attn_type", !root.path("attn_type").asText("bi").equals("bi"));
        refuse(json, "bi_data", root.path("bi_data").asBoolean(false));
        yield new Family(0, 0, 0, false, root.path("clamp_len").asInt(-1), true);
      }
      case "xlm", "flaubert" -> {
        refuse(json, "causal", root.path("causal").asBoolean(false));
        refuse(json, "is_encoder", !root.path("is_encoder").asBoolean(true));
        boolean before = root.path("pre_norm").asBoolean(false);
        yield new Family(0, 0, 0, before, -1, namesTokenTypes(json));
      }
      default -> new Family(0, 0, 0, false, -1, modelType.equals("bert"));
    };
  }

  private static Family albert(JsonFile json) {
    int groups = json.root().path("num_hidden_groups").asInt(1);
    int inner = json.root().path("inner_group_num").asInt(1);
    if (groups < 1 || inner < 1 || groups > json.positive("num_hidden_layers")) {
      throw json.error(
          "num_hidden_groups %d and inner_group_num %d make no layers".formatted(groups, inner));
    }
    return new Family(0, groups, inner, false, -1, false);
  }

  private static void refuse(JsonFile json, String key, boolean refused) {
    if (refused) {
      throw json.error("%s %s is not supported".formatted(key, json.root().path(key)));
    }
  }

  /** Tokenizers of these families name types unless their configuration says which inputs are. */
  static boolean namesTokenTypes(JsonFile config) {
    Path file = config.file().resolveSibling("tokenizer_config.json");
    JsonNode names =
        Files.isRegularFile(file)
            ? JsonFile.read(file).root().path("model_input_names")
            : config.root().path("model_input_names");
    if (!names.isArray()) {
      return true;
    }
    for (JsonNode name : names) {
      if (name.asText().equals("token_type_ids")) {
        return true;
      }
    }
    return false;
  }

  /** The architecture, refused before anything else is missed that another one does not have. */
  static String modelType(JsonFile json) {
    String modelType =
        json.root().has("model_type") ? json.text("model_type") : typeBeforeItWasWritten(json);
    if (!MODEL_TYPES.contains(modelType)) {
      throw json.error(
          "model_type '%s' is not supported; %s are"
              .formatted(modelType, String.join(", ", MODEL_TYPES)));
    }
    return modelType;
  }

  /**
   * Before version 2.2 of Transformers the class that loaded a model said what it is; that of
   * Sentence Transformers then has its name in the settings beside the configuration.
   */
  private static String typeBeforeItWasWritten(JsonFile json) {
    for (String type : MODEL_TYPES) {
      Path settings = json.file().resolveSibling("sentence_%s_config.json".formatted(type));
      if (Files.isRegularFile(settings)) {
        return type;
      }
    }
    return json.text("model_type");
  }
}
