package io.sentencestreams.app.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.internal.UntrainedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One model of each architecture, all of one size, with weights that have not learned anything and
 * the default model's tokenizer: time does not depend on either.
 */
final class ArchitectureModels {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LENGTH = 256;
  private static final String MODULES = "sentence_transformers.models.";

  private static final List<String> TRANSFORMERS =
      List.of(
          "bert",
          "roberta",
          "xlm-roberta",
          "camembert",
          "albert",
          "electra",
          "mpnet",
          "distilbert",
          "xlnet",
          "xlm",
          "flaubert");

  private static final String WORDS = "words";
  private static final String BILSTM = "bilstm";
  private static final String CNN = "cnn";
  private static final String STATIC = "static";

  private final Path tokenizer;
  private final int vocabulary;
  private final int layers;
  private final int width;

  /**
   * Models of one size.
   *
   * @param base whose tokenizer they get
   * @param layers of a transformer
   * @param width of its layers, a multiple of 32, and of word embeddings
   */
  ArchitectureModels(Checkpoint base, int layers, int width) {
    this.tokenizer = base.tokenizerFile();
    this.vocabulary = base.config().vocabSize();
    this.layers = layers;
    this.width = width;
  }

  /** All architectures. */
  static List<String> names() {
    List<String> names = new ArrayList<>(TRANSFORMERS);
    names.addAll(List.of(WORDS, BILSTM, CNN, STATIC));
    return names;
  }

  static boolean isTransformer(String name) {
    return TRANSFORMERS.contains(name);
  }

  /** Writes one of {@link #names} into a new folder. */
  Path write(String name, Path folder) throws IOException {
    Files.createDirectories(folder);
    switch (name) {
      case WORDS -> words(folder, List.of());
      case BILSTM ->
          words(
              folder,
              List.of(
                  new SentenceModule.Lstm(folder.resolve("1_LSTM"), width, width / 2, 1, 0, true)));
      case CNN ->
          words(
              folder,
              List.of(
                  new SentenceModule.Cnn(
                      folder.resolve("1_CNN"), width, width / 3, List.of(1, 3, 5))));
      case STATIC -> {
        Files.copy(tokenizer, folder.resolve("tokenizer.json"));
        UntrainedWeights.write(
            folder.resolve("model.safetensors"),
            new SentenceModule.StaticEmbedding(folder, vocabulary, width),
            1);
        modules(folder, "StaticEmbedding", "");
      }
      default -> transformer(folder, name);
    }
    return folder;
  }

  private void transformer(Path folder, String family) throws IOException {
    ObjectNode config = JSON.createObjectNode().put("model_type", family);
    config.put("vocab_size", vocabulary).put("pad_token_id", family.equals("mpnet") ? 1 : 0);
    switch (family) {
      case "distilbert" -> {
        config.put("dim", width).put("n_layers", layers).put("n_heads", width / 32);
        config.put("hidden_dim", 4 * width).put("max_position_embeddings", 2 * LENGTH);
      }
      case "xlnet" -> {
        config.put("d_model", width).put("n_layer", layers).put("n_head", width / 32);
        config.put("d_inner", 4 * width).put("ff_activation", "gelu").put("layer_norm_eps", 1e-12);
      }
      case "xlm", "flaubert" -> {
        config.put("emb_dim", width).put("n_layers", layers).put("n_heads", width / 32);
        config.put("max_position_embeddings", 2 * LENGTH).put("gelu_activation", true);
        config.put("layer_norm_eps", 1e-12).put("causal", false).put("pad_index", 0);
      }
      default -> {
        config.put("hidden_size", width).put("num_hidden_layers", layers);
        config.put("num_attention_heads", width / 32).put("intermediate_size", 4 * width);
        config.put("max_position_embeddings", 2 * LENGTH).put("hidden_act", "gelu");
        config.put("layer_norm_eps", 1e-12);
        if (!family.equals("mpnet")) {
          config.put("type_vocab_size", family.matches(".*roberta|camembert") ? 1 : 2);
        }
        if (family.equals("albert")) {
          config.put("embedding_size", 128);
        } else if (family.equals("electra")) {
          config.put("embedding_size", width);
        }
      }
    }
    write(config, folder.resolve("config.json"));
    UntrainedWeights.write(
        folder.resolve("model.safetensors"),
        TransformerConfig.read(folder.resolve("config.json")),
        1);
    Files.copy(tokenizer, folder.resolve("tokenizer.json"));
    ObjectNode settings =
        JSON.createObjectNode()
            .put("tokenizer_class", "PreTrainedTokenizerFast")
            .put("model_max_length", LENGTH)
            .put("pad_token", "[PAD]")
            .put("unk_token", "[UNK]")
            .put("cls_token", "[CLS]")
            .put("sep_token", "[SEP]")
            .put("mask_token", "[MASK]");
    settings.putArray("model_input_names").add("input_ids").add("attention_mask");
    write(settings, folder.resolve("tokenizer_config.json"));
    write(
        JSON.createObjectNode().put("max_seq_length", LENGTH).put("do_lower_case", false),
        folder.resolve("sentence_bert_config.json"));
    pooling(folder, "1_Pooling", width);
    modules(folder, "Transformer", "", "Pooling", "1_Pooling");
  }

  private void words(Path folder, List<SentenceModule.Weighted> next) throws IOException {
    Path embeddings = Files.createDirectories(folder.resolve("0_WordEmbeddings"));
    List<String> words = TextWorkload.words();
    UntrainedWeights.write(
        embeddings.resolve("model.safetensors"),
        new SentenceModule.WordEmbeddings(embeddings, LENGTH, words.size(), width, false),
        1);
    write(
        JSON.createObjectNode()
            .put(
                "tokenizer_class",
                "sentence_transformers.sentence_transformer.modules.tokenizer.whitespace.WhitespaceTokenizer")
            .put("update_embeddings", false)
            .put("max_seq_length", LENGTH),
        embeddings.resolve("wordembedding_config.json"));
    ObjectNode tokens = JSON.createObjectNode();
    ArrayNode list = tokens.putArray("vocab");
    words.forEach(list::add);
    tokens.putArray("stop_words");
    write(tokens.put("do_lower_case", true), embeddings.resolve("whitespacetokenizer_config.json"));
    if (next.isEmpty()) {
      pooling(folder, "1_Pooling", width);
      modules(folder, "WordEmbeddings", "0_WordEmbeddings", "Pooling", "1_Pooling");
      return;
    }
    SentenceModule.Weighted module = next.get(0);
    Files.createDirectories(module.directory());
    UntrainedWeights.write(module.directory().resolve("model.safetensors"), module, 2);
    if (module instanceof SentenceModule.Lstm lstm) {
      write(
          JSON.createObjectNode()
              .put("word_embedding_dimension", width)
              .put("hidden_dim", lstm.hiddenDimension())
              .put("num_layers", 1)
              .put("dropout", 0)
              .put("bidirectional", true),
          module.directory().resolve("lstm_config.json"));
      pooling(folder, "2_Pooling", 2 * lstm.hiddenDimension());
    } else {
      SentenceModule.Cnn cnn = (SentenceModule.Cnn) module;
      ObjectNode config =
          JSON.createObjectNode()
              .put("in_word_embedding_dimension", width)
              .put("out_channels", cnn.channels());
      cnn.kernelSizes().forEach(config.putArray("kernel_sizes")::add);
      write(config, module.directory().resolve("cnn_config.json"));
      pooling(folder, "2_Pooling", cnn.channels() * cnn.kernelSizes().size());
    }
    modules(
        folder,
        "WordEmbeddings",
        "0_WordEmbeddings",
        module.typeName(),
        folder.relativize(module.directory()).toString(),
        "Pooling",
        "2_Pooling");
  }

  private static void pooling(Path folder, String name, int dimension) throws IOException {
    Files.createDirectories(folder.resolve(name));
    write(
        JSON.createObjectNode()
            .put("word_embedding_dimension", dimension)
            .put("pooling_mode_mean_tokens", true),
        folder.resolve(name).resolve("config.json"));
  }

  /** Types and their folders in turn. */
  private static void modules(Path folder, String... typesAndPaths) throws IOException {
    ArrayNode modules = JSON.createArrayNode();
    for (int i = 0; i < typesAndPaths.length; i += 2) {
      modules
          .addObject()
          .put("idx", i / 2)
          .put("name", String.valueOf(i / 2))
          .put("path", typesAndPaths[i + 1])
          .put("type", MODULES + typesAndPaths[i]);
    }
    Files.write(folder.resolve("modules.json"), JSON.writeValueAsBytes(modules));
  }

  private static void write(ObjectNode json, Path file) throws IOException {
    Files.write(file, JSON.writeValueAsBytes(json));
  }
}
