package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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

  /** Versions before 0.3 had a class for each family. */
  private static final List<String> FAMILIES =
      List.of("BERT", "RoBERTa", "DistilBERT", "CamemBERT", "ALBERT", "XLMRoBERTa", "XLNet");

  /** What a text is cut at where neither a position table nor a file says. */
  private static final int UNLIMITED_LENGTH = 512;

  /** What model2vec calls its tables, in a folder that it wrote before it knew modules. */
  private static final String MODEL2VEC = "model2vec";

  static final String TASK = "transformer_task";
  private static final String ENCODING = "feature-extraction";

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
    JsonFile config = JsonFile.read(root.resolve("config.json"));
    if (config.root().path("model_type").asText().equals(MODEL2VEC)) {
      SentenceModule table = ModuleReader.read("StaticEmbedding", root).orElseThrow();
      return config.root().path("normalize").asBoolean(false)
          ? List.of(table, new SentenceModule.Normalize())
          : List.of(table);
    }
    SentenceModule.Transformer transformer = transformer(root, ENCODING);
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
    if (simpleName.equals("Transformer") || FAMILIES.contains(simpleName)) {
      return transformer(directory, ENCODING);
    }
    return ModuleReader.read(simpleName, directory)
        .orElseThrow(
            () ->
                json.error(
                    "the module type %s is not supported; %s are"
                        .formatted(node.path("type"), ModuleReader.SUPPORTED)));
  }

  /** The transformer's own settings, if there are any. */
  static Optional<JsonFile> settings(Path directory) {
    return TRANSFORMER_SETTINGS.stream()
        .map(directory::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .map(JsonFile::read);
  }

  /**
   * The transformer in a folder.
   *
   * @param expected its task, if the folder says one
   */
  static SentenceModule.Transformer transformer(Path directory, String expected) {
    Optional<JsonFile> settings = settings(directory);
    JsonNode root = settings.map(JsonFile::root).orElseGet(JsonFile.MAPPER::createObjectNode);
    String task = root.path(TASK).asText(expected);
    if (!task.equals(expected)) {
      throw settings.orElseThrow().error("the task %s is not supported".formatted(task));
    }
    JsonFile config = JsonFile.read(directory.resolve("config.json"));
    String modelType = TransformerConfig.modelType(config);
    // XLNet's positions are relative and have no end.
    boolean unlimited = modelType.toLowerCase(Locale.ROOT).equals("xlnet");
    int limit = unlimited ? Integer.MAX_VALUE : config.positive("max_position_embeddings");
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
    if (maximum == Integer.MAX_VALUE) {
      maximum = UNLIMITED_LENGTH;
    }
    if (maximum < 3) {
      throw new CheckpointException(
          "%s: a maximum sequence length of %s leaves no room for a text"
              .formatted(directory, length));
    }
    return new SentenceModule.Transformer(
        directory, maximum, root.path("do_lower_case").asBoolean(false));
  }
}
