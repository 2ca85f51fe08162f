package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Checkpoints as Sentence Transformers wrote them before its version 2: they are read as they are,
 * and saved in the keys and the types of the current generation.
 */
final class Generation2020 {
  private static final String SETTINGS = "sentence_bert_config.json";

  private Generation2020() {}

  /** Whether a checkpoint is of that time: it says nothing of the whole model. */
  static boolean is(Checkpoint checkpoint) {
    Path root = checkpoint.directory();
    return Files.isRegularFile(root.resolve("modules.json"))
        && !Files.exists(root.resolve(EncodingDefaults.FILE));
  }

  /**
   * Rewrites what a copy has of the old configuration; folders stay where they are.
   *
   * @param copy of the checkpoint's files
   */
  static void rewrite(Checkpoint checkpoint, Path copy) throws IOException {
    List<SentenceModule> modules = checkpoint.modules();
    ArrayNode list = (ArrayNode) JsonFile.read(copy.resolve("modules.json")).root();
    for (int i = 0; i < modules.size(); i++) {
      ObjectNode entry = (ObjectNode) list.get(i);
      SentenceModule module = modules.get(i);
      entry.put("type", ModuleWriter.type(module));
      Path folder = copy.resolve(entry.path("path").asText()).normalize();
      if (module instanceof SentenceModule.Transformer transformer) {
        transformer(checkpoint.config(), transformer, folder);
      } else {
        Files.createDirectories(folder); // of a module without a file none was copied
        ModuleWriter.writeConfig(module, folder);
      }
    }
    ModuleWriter.write(list, copy.resolve("modules.json"));
    Path version = copy.resolve("config.json");
    if (Files.isRegularFile(version) && isVersionAlone(version)) {
      Files.delete(version);
    }
    NewCheckpoint.writeDefaults(copy);
  }

  /** What was in the root beside the list of modules: the version of the library. */
  private static boolean isVersionAlone(Path file) {
    JsonNode root = JsonFile.read(file).root();
    return root.size() == 1 && root.has("__version__");
  }

  private static void transformer(
      TransformerConfig config, SentenceModule.Transformer transformer, Path folder)
      throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Generation2020::isSettings).toList()) {
        Files.delete(file);
      }
    }
    ModuleWriter.write(
        JsonFile.MAPPER
            .createObjectNode()
            .put("max_seq_length", transformer.maxSequenceLength())
            .put("do_lower_case", transformer.lowerCase()),
        folder.resolve(SETTINGS));
    Path file = folder.resolve("config.json");
    ObjectNode json = (ObjectNode) JsonFile.read(file).root();
    if (!json.has("model_type")) {
      json.put("model_type", config.modelType()).put("pad_token_id", config.padTokenId());
      ModuleWriter.write(json, file);
    }
  }

  /** Each family had a name of its own for the same. */
  private static boolean isSettings(Path file) {
    String name = Objects.toString(file.getFileName());
    return name.startsWith("sentence_") && name.endsWith("_config.json");
  }
}
