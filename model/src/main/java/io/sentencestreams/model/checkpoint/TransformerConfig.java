package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
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
 * @param maxPositionEmbeddings rows of the position embeddings
 * @param typeVocabSize rows of the token type embeddings; 0 where the family has none
 * @param padTokenId id of the padding token
 * @param positionEmbeddingType such as {@code absolute}
 * @param hiddenDropout dropout of embeddings and layers while training
 * @param attentionDropout dropout of attention weights while training
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
    double attentionDropout) {

  private static final List<String> MODEL_TYPES =
      List.of("bert", "roberta", "xlm-roberta", "camembert");

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
    int hiddenSize = json.positive("hidden_size", "dim", "d_model");
    int heads = json.positive("num_attention_heads", "n_heads");
    if (hiddenSize % heads != 0) {
      throw json.error(
          "hidden_size %d is not a multiple of num_attention_heads %d"
              .formatted(hiddenSize, heads));
    }
    return new TransformerConfig(
        modelType,
        json.positive("vocab_size"),
        hiddenSize,
        json.positive("num_hidden_layers", "n_layers"),
        heads,
        json.positive("intermediate_size", "hidden_dim"),
        root.path("hidden_act").asText(root.path("activation").asText("gelu")),
        root.path("layer_norm_eps").asDouble(1e-12),
        json.positive("max_position_embeddings"),
        root.path("type_vocab_size").asInt(modelType.equals("bert") ? 2 : 0),
        root.path("pad_token_id").asInt(0),
        root.path("position_embedding_type").asText("absolute"),
        root.path("hidden_dropout_prob").asDouble(root.path("dropout").asDouble(0.1)),
        root.path("attention_probs_dropout_prob")
            .asDouble(root.path("attention_dropout").asDouble(0.1)));
  }

  /** The architecture, refused before anything else is missed that another one does not have. */
  static String modelType(JsonFile json) {
    String modelType = json.text("model_type");
    if (!MODEL_TYPES.contains(modelType)) {
      throw json.error(
          "model_type '%s' is not supported; %s are"
              .formatted(modelType, String.join(", ", MODEL_TYPES)));
    }
    return modelType;
  }
}
