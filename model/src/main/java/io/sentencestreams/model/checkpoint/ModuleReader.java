package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the configuration of one module that is not a transformer. */
final class ModuleReader {
  /** The types, by their names in the reference. */
  static final String SUPPORTED =
      "Transformer, WordEmbeddings, StaticEmbedding, BoW, WordWeights, LSTM, CNN,"
          + " WeightedLayerPooling, WKPooling, Pooling, Dense, LayerNorm, Dropout and Normalize";

  private static final String SENTENCE = "sentence_embedding";
  private static final String TOKENS = "token_embeddings";

  private ModuleReader() {}

  /**
   * Reads a module.
   *
   * @param type its class in the reference, without its package
   * @return empty if the type is not known
   */
  static Optional<SentenceModule> read(String type, Path directory) {
    return Optional.ofNullable(
        switch (type) {
          case "WordEmbeddings" ->
              wordEmbeddings(directory, config(directory, "wordembedding_config.json"));
          case "StaticEmbedding" -> staticEmbedding(directory);
          case "BoW" -> bagOfWords(directory, config(directory));
          case "WordWeights" -> new SentenceModule.WordWeights(directory, words(config(directory)));
          case "LSTM" -> lstm(directory, config(directory, "lstm_config.json"));
          case "CNN" -> cnn(directory, config(directory, "cnn_config.json"));
          case "WeightedLayerPooling" -> layerPooling(directory, config(directory));
          case "WKPooling" -> wkPooling(config(directory));
          case "Pooling" -> pooling(config(directory));
          case "Dense" -> dense(directory, config(directory));
          case "LayerNorm" ->
              new SentenceModule.LayerNorm(directory, config(directory).positive("dimension"));
          case "Dropout" -> dropout(config(directory));
          case "Normalize" -> normalize(directory.resolve("config.json"));
          default -> null;
        });
  }

  private static JsonFile config(Path directory, String... otherNames) {
    for (String name : otherNames) {
      if (Files.isRegularFile(directory.resolve(name))) {
        return JsonFile.read(directory.resolve(name));
      }
    }
    return JsonFile.read(directory.resolve("config.json"));
  }

  private static SentenceModule wordEmbeddings(Path directory, JsonFile json) {
    TensorType table = matrix(directory, "emb_layer.weight");
    int maximum = json.root().path("max_seq_length").asInt(1_000_000);
    if (maximum < 1) {
      throw json.error("max_seq_length must be at least 1, not " + maximum);
    }
    return new SentenceModule.WordEmbeddings(
        directory,
        maximum,
        Math.toIntExact(table.shape().get(0)),
        Math.toIntExact(table.shape().get(1)),
        json.root().path("update_embeddings").asBoolean(false));
  }

  private static SentenceModule staticEmbedding(Path directory) {
    try (Weights weights = StaticTable.open(directory)) {
      TensorType table = weights.get(StaticTable.NAME).type();
      return new SentenceModule.StaticEmbedding(
          directory, Math.toIntExact(table.shape().get(0)), Math.toIntExact(table.shape().get(1)));
    }
  }

  private static TensorType matrix(Path directory, String name) {
    try (Weights weights = WeightFiles.open(directory)) {
      TensorType type = weights.get(name).type();
      if (type.shape().size() != 2 || type.shape().stream().anyMatch(n -> n < 1 || n > 1 << 30)) {
        throw new CheckpointException(
            "%s: %s has shape %s, which is no table".formatted(directory, name, type.shape()));
      }
      return type;
    }
  }

  private static SentenceModule bagOfWords(Path directory, JsonFile json) {
    return new SentenceModule.BagOfWords(
        directory,
        WordList.of(json).words().size(),
        json.root().path("cumulative_term_frequency").asBoolean(true));
  }

  private static int words(JsonFile json) {
    JsonNode vocabulary = json.root().path("vocab");
    if (!vocabulary.isArray() || vocabulary.isEmpty()) {
      throw json.error("vocab must be a list of at least one word");
    }
    return vocabulary.size();
  }

  private static SentenceModule lstm(Path directory, JsonFile json) {
    JsonNode root = json.root();
    return new SentenceModule.Lstm(
        directory,
        json.positive("embedding_dimension", "word_embedding_dimension"),
        json.positive("hidden_dim"),
        root.has("num_layers") ? json.positive("num_layers") : 1,
        share(json, "dropout", 0),
        root.path("bidirectional").asBoolean(true));
  }

  private static SentenceModule cnn(Path directory, JsonFile json) {
    JsonNode root = json.root();
    List<Integer> kernels = new ArrayList<>();
    for (JsonNode size : root.path("kernel_sizes")) {
      if (!size.canConvertToInt() || size.asInt() < 1 || size.asInt() % 2 == 0) {
        throw json.error(
            "kernel_sizes has %s; odd sizes are supported, which give each token an output"
                .formatted(size));
      }
      kernels.add(size.asInt());
    }
    for (JsonNode stride : root.path("stride_sizes")) {
      if (stride.asInt() != 1) {
        throw json.error(
            "stride_sizes has %s; 1 is supported, which gives each token an output"
                .formatted(stride));
      }
    }
    if (kernels.isEmpty()) {
      throw json.error("kernel_sizes must be a list of at least one size");
    }
    return new SentenceModule.Cnn(
        directory,
        json.positive("in_embedding_dimension", "in_word_embedding_dimension"),
        json.positive("out_channels"),
        kernels);
  }

  private static SentenceModule layerPooling(Path directory, JsonFile json) {
    return new SentenceModule.WeightedLayerPooling(
        directory,
        json.positive("embedding_dimension", "word_embedding_dimension"),
        json.positive("num_hidden_layers"),
        firstLayer(json));
  }

  private static SentenceModule wkPooling(JsonFile json) {
    return new SentenceModule.WkPooling(
        json.positive("word_embedding_dimension", "embedding_dimension"),
        firstLayer(json),
        json.positive("context_window_size"));
  }

  private static int firstLayer(JsonFile json) {
    int first = json.root().path("layer_start").asInt(4);
    if (first < 0) {
      throw json.error("layer_start must be at least 0, not " + first);
    }
    return first;
  }

  private static SentenceModule.Pooling pooling(JsonFile json) {
    JsonNode mode = json.root().path("pooling_mode");
    List<PoolingMode> modes = new ArrayList<>();
    if (mode.isTextual()) {
      modes.add(mode(json, mode.asText()));
    } else if (mode.isArray()) {
      mode.forEach(node -> modes.add(mode(json, node.asText())));
    } else {
      for (PoolingMode candidate : PoolingMode.values()) {
        if (json.root().path(candidate.flag()).asBoolean(false)) {
          modes.add(candidate);
        }
      }
    }
    return new SentenceModule.Pooling(
        modes.isEmpty() ? List.of(PoolingMode.MEAN) : modes,
        json.positive("embedding_dimension", "word_embedding_dimension"),
        json.root().path("include_prompt").asBoolean(true));
  }

  private static PoolingMode mode(JsonFile json, String key) {
    for (PoolingMode mode : PoolingMode.values()) {
      if (mode.key().equals(key)) {
        return mode;
      }
    }
    throw json.error("the pooling mode %s is not known".formatted(key));
  }

  private static SentenceModule dense(Path directory, JsonFile json) {
    JsonNode root = json.root();
    return new SentenceModule.Dense(
        directory,
        json.positive("in_features"),
        json.positive("out_features"),
        root.path("bias").asBoolean(true),
        activation(json),
        root.path("use_residual").asBoolean(false),
        onTokens(json, "Dense on"));
  }

  /** The reference's default is Tanh; a class outside of PyTorch it does not run either. */
  private static Activation activation(JsonFile json) {
    JsonNode name = json.root().path("activation_function");
    if (name.isMissingNode()) {
      return Activation.TANH;
    }
    for (Activation activation : Activation.values()) {
      if (activation.className().equals(name.asText())) {
        return activation;
      }
    }
    throw json.error("the activation_function %s is not supported".formatted(name));
  }

  private static SentenceModule dropout(JsonFile json) {
    return new SentenceModule.Dropout(share(json, "dropout", 0.2));
  }

  private static double share(JsonFile json, String key, double otherwise) {
    double share = json.root().path(key).asDouble(otherwise);
    if (!(share >= 0 && share < 1)) {
      throw json.error("%s must be at least 0 and below 1, not %s".formatted(key, share));
    }
    return share;
  }

  private static SentenceModule.Normalize normalize(Path file) {
    return new SentenceModule.Normalize(
        Files.isRegularFile(file) && onTokens(JsonFile.read(file), "normalizing"));
  }

  /** Whether a module works on tokens: it may be told which feature it reads and writes. */
  private static boolean onTokens(JsonFile json, String verb) {
    String input = json.root().path("module_input_name").asText(SENTENCE);
    JsonNode outputNode = json.root().path("module_output_name");
    String output = outputNode.isTextual() ? outputNode.asText() : input;
    if (!output.equals(input) || !(input.equals(SENTENCE) || input.equals(TOKENS))) {
      throw json.error(
          "%s %s into %s is not supported; %s and %s in place are"
              .formatted(verb, input, output, SENTENCE, TOKENS));
    }
    return input.equals(TOKENS);
  }
}
