package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Writes a checkpoint that is made of modules, in the layout of Sentence Transformers from 5.4. */
public final class NewCheckpoint {
  /** What the reference compares with its own, to warn of a model that is newer. */
  static final String GENERATION = "5.4.0";

  private NewCheckpoint() {}

  /**
   * A module.
   *
   * @param module its description; the folder in it does not count
   * @param content its weights, and what else its description does not say
   */
  public record Part(SentenceModule module, ModuleFiles.Content content) {}

  /**
   * Writes a checkpoint.
   *
   * @param target need not exist; a checkpoint or an empty folder that is there is replaced, once
   *     the new one is whole
   * @param parts from text to embedding
   * @param sources checkpoints that parts are taken from, which must not be lost
   * @throws CheckpointException if two modules do not fit, or it cannot be written, or the target
   *     is neither a checkpoint nor empty, or holds a source
   */
  public static Checkpoint write(Path target, List<Part> parts, List<Path> sources) {
    StagedFolder.replace(target, sources, root -> fill(root, parts));
    return Checkpoint.open(target);
  }

  /** Writes a checkpoint into an empty folder. */
  public static void fill(Path root, List<Part> parts) throws IOException {
    List<SentenceModule> modules = parts.stream().map(Part::module).toList();
    ModuleWriter.writeList(modules, root);
    for (int i = 0; i < parts.size(); i++) {
      Path folder = root.resolve(ModuleWriter.folder(modules.get(i), i));
      Files.createDirectories(folder);
      ModuleWriter.writeConfig(modules.get(i), folder);
      parts.get(i).content().write(folder);
    }
    if (modules.stream().anyMatch(NewCheckpoint::readsLayers)) {
      Path config = root.resolve("config.json");
      ObjectNode json = (ObjectNode) JsonFile.read(config).root();
      ModuleWriter.write(json.put("output_hidden_states", true), config);
    }
    writeDefaults(root);
    Checkpoint.open(root); // what cannot be read must not be found later
  }

  /**
   * Writes a cross-encoder made of a sentence encoder's transformer and a head that is new.
   *
   * @param target need not exist; a checkpoint or an empty folder that is there is replaced, once
   *     the new one is whole
   * @param base has a transformer; its tokenizer and its tensors are copied
   * @param labels a name for each number that is to be made of a pair; one for a score
   * @param positions the most tokens that the transformer can read
   * @param head gives the weights of each of the head's layers that the base lacks
   * @throws CheckpointException if the base's family is not supported, or it cannot be written
   */
  public static Checkpoint writeCrossEncoder(
      Path target,
      Checkpoint base,
      List<String> labels,
      int positions,
      Function<SentenceModule.HeadLayer, Map<String, Tensor>> head) {
    CrossEncoderReader.requireSupported(base);
    StagedFolder.replace(
        target,
        List.of(base.directory()),
        root -> CrossEncoderFiles.write(root, base, labels, positions, head));
    return Checkpoint.openCrossEncoder(target);
  }

  private static boolean readsLayers(SentenceModule module) {
    return module instanceof SentenceModule.WeightedLayerPooling
        || module instanceof SentenceModule.WkPooling;
  }

  /** Writes what is said of a whole model. */
  static void writeDefaults(Path root) throws IOException {
    ObjectNode json = JsonFile.MAPPER.createObjectNode().put("model_type", "SentenceTransformer");
    json.putObject("__version__").put("sentence_transformers", GENERATION);
    json.putObject("prompts");
    json.putNull("default_prompt_name").put("similarity_fn_name", "cosine");
    ModuleWriter.write(json, root.resolve(EncodingDefaults.FILE));
  }
}
