package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads {@code modules.json} and each module's configuration, as any generation of Sentence
 * Transformers wrote them.
 */
final class ModulesReader {
  /** The transformer's own settings, under one of the names that the reference ever wrote. */
  private static final List<String> TRANSFORMER_SETTINGS =
      Stream.of("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
          .map("sentence_%s_config.json"::formatted)
          .toList();

  private final Path root;

  private ModulesReader(Path root) {
    this.root = root;
  }

  /** The modules of a checkpoint, in order; at least one. */
  static List<SentenceModule> read(Path root) {
    return new ModulesReader(root).modules();
  }

  private List<SentenceModule> modules() {
    Path file = root.resolve("modules.json");
    if (!Files.exists(file)) {
      return withoutModulesFile();
    }
    JsonFile json = JsonFile.read(file);
    if (!json.root().isArray() || json.root().isEmpty()) {
      throw json.error("it must be a list of at least one module");
    }
    List<SentenceModule> modules = new ArrayList<>();
    for (JsonNode node : json.root()) {
      modules.add(module(json, node));
    }
    return List.copyOf(modules);
  }

  private List<SentenceModule> withoutModulesFile() {
    if (!Files.isRegularFile(root.resolve("config.json"))) {
      throw new CheckpointException(
          "%s is not a checkpoint: it has neither modules.json nor config.json".formatted(root));
    }
    SentenceModule.Transformer transformer = transformer(root);
    int dimension = TransformerConfig.read(root.resolve("config.json")).hiddenSize();
    return List.of(
        transformer, new SentenceModule.Pooling(List.of(PoolingMode.MEAN), dimension, true));
  }

  private SentenceModule module(JsonFile json, JsonNode node) {
    String type = node.path("type").asText();
    Path directory = root.resolve(node.path("path").asText()).normalize();
    if (!directory.startsWith(root)) {
      throw json.error("the path %s leaves the checkpoint".formatted(node.path("path")));
    }
    // Up to 5.3 the types are sentence_transformers.models.*, from 5.4 the classes' own modules.
    String simpleName =
        type.startsWith("sentence_transformers.") ? type.substring(type.lastIndexOf('.') + 1) : "";
    return switch (simpleName) {
      case "Transformer" -> transformer(directory);
      case "Pooling" -> pooling(JsonFile.read(directory.resolve("config.json")));
      case "Normalize" -> normalize(directory.resolve("config.json"));
      default ->
          throw json.error(
              "the module type %s is not supported; Transformer, Pooling and Normalize are"
                  .formatted(node.path("type")));
    };
  }

  private static SentenceModule.Transformer transformer(Path directory) {
    Optional<JsonFile> settings =
        TRANSFORMER_SETTINGS.stream()
            .map(directory::resolve)
            .filter(Files::isRegularFile)
            .findFirst()
            .map(JsonFile::read);
    JsonNode root = settings.map(JsonFile::root).orElseGet(JsonFile.MAPPER::createObjectNode);
    String task = root.path("transformer_task").asText("feature-extraction");
    if (!task.equals("feature-extraction")) {
      throw settings.orElseThrow().error("the task %s is not supported".formatted(task));
    }
    JsonFile config = JsonFile.read(directory.resolve("config.json"));
    TransformerConfig.modelType(config);
    int limit = config.positive("max_position_embeddings");
    // The reference's later generations keep the length in the tokenizer's configuration only.
    JsonNode length = root.path("max_seq_length");
    if (length.isMissingNode() || length.isNull()) {
      Path tokenizer = directory.resolve("tokenizer_config.json");
      if (Files.isRegularFile(tokenizer)) {
        length = JsonFile.read(tokenizer).root().path("model_max_length");
      }
    }
    // An unset length is written as a number near 1e30.
    int maximum = length.isNumber() ? (int) Math.min(length.asDouble(), limit) : limit;
    if (maximum < 3) {
      throw new CheckpointException(
          "%s: a maximum sequence length of %s leaves no room for a text"
              .formatted(directory, length));
    }
    return new SentenceModule.Transformer(
        directory, maximum, root.path("do_lower_case").asBoolean(false));
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

  private static SentenceModule.Normalize normalize(Path file) {
    if (Files.isRegularFile(file)) {
      JsonFile json = JsonFile.read(file);
      for (String key : List.of("module_input_name", "module_output_name")) {
        String feature = json.root().path(key).asText("sentence_embedding");
        if (!feature.equals("sentence_embedding")) {
          throw json.error("normalizing %s is not supported".formatted(feature));
        }
      }
    }
    return new SentenceModule.Normalize();
  }
}
