package io.sentencestreams.model.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sentence encoder on disk, in the layout of Sentence Transformers: {@code modules.json} names
 * the steps, and the transformer's folder holds {@code config.json}, {@code tokenizer.json} and
 * {@code model.safetensors}.
 *
 * <p>A plain Hugging Face folder, without {@code modules.json}, is taken as a transformer with mean
 * pooling, as the reference does. Opening reads and checks the configuration and the header of the
 * weights, not the weights themselves.
 */
public final class Checkpoint {
  private static final Logger log = LoggerFactory.getLogger(Checkpoint.class);

  private final Path directory;
  private final List<SentenceModule> modules;
  private final SentenceModule.Transformer transformer;
  private final TransformerConfig config;
  private final Optional<Manifest> manifest;

  private Checkpoint(
      Path directory,
      List<SentenceModule> modules,
      SentenceModule.Transformer transformer,
      TransformerConfig config,
      Optional<Manifest> manifest) {
    this.directory = directory;
    this.modules = modules;
    this.transformer = transformer;
    this.config = config;
    this.manifest = manifest;
  }

  /**
   * Opens a checkpoint.
   *
   * @throws CheckpointException if the folder is none, or one that cannot be used; the message says
   *     which file is at fault
   */
  public static Checkpoint open(Path directory) {
    Path root = directory.toAbsolutePath().normalize();
    if (!Files.exists(root)) {
      throw new CheckpointException(
          "the folder %s does not exist; give that of a checkpoint, or a model's name"
              .formatted(root));
    }
    if (!Files.isDirectory(root)) {
      throw new CheckpointException("%s is not a folder".formatted(root));
    }
    List<SentenceModule> modules = ModulesReader.read(root);
    if (!(modules.get(0) instanceof SentenceModule.Transformer transformer)) {
      throw new CheckpointException(
          "%s: the first module must be a Transformer".formatted(root.resolve("modules.json")));
    }
    TransformerConfig config =
        TransformerConfig.read(transformer.directory().resolve("config.json"));
    if (!Files.isRegularFile(root.resolve("modules.json"))) {
      log.info(
          "{} has no modules.json: taken as a transformer with mean pooling, not normalized", root);
    }
    Checkpoint checkpoint =
        new Checkpoint(root, modules, transformer, config, Manifest.readIfPresent(root));
    checkpoint.check();
    return checkpoint;
  }

  private void check() {
    manifest.ifPresent(m -> m.checkSizes(directory));
    if (!Files.isRegularFile(tokenizerFile())) {
      throw new CheckpointException(
          "%s is missing; save the tokenizer as a fast tokenizer to have it"
              .formatted(tokenizerFile()));
    }
    for (SentenceModule module : modules) {
      if (module instanceof SentenceModule.Pooling pooling
          && pooling.dimension() != config.hiddenSize()) {
        throw new CheckpointException(
            "%s: pooling takes vectors of %d, but hidden_size is %d"
                .formatted(directory, pooling.dimension(), config.hiddenSize()));
      }
    }
    refuseDefaultPrompt();
    weights().close();
  }

  /** The reference puts a default prompt before each text; without it the vectors would differ. */
  private void refuseDefaultPrompt() {
    Path file = directory.resolve("config_sentence_transformers.json");
    if (Files.isRegularFile(file)) {
      JsonFile json = JsonFile.read(file);
      String name = json.root().path("default_prompt_name").asText("");
      if (!json.root().path("prompts").path(name).asText("").isEmpty()) {
        throw json.error("the default prompt '%s' is not supported".formatted(name));
      }
    }
  }

  /** The checkpoint's folder, absolute. */
  public Path directory() {
    return directory;
  }

  /** The name that it was imported under, or its folder's. */
  public String name() {
    // The root of a file system has no name.
    return manifest.map(Manifest::name).orElse(Objects.toString(directory.getFileName(), ""));
  }

  /** The transformer's architecture. */
  public TransformerConfig config() {
    return config;
  }

  /** The steps from text to embedding; the first is a {@link SentenceModule.Transformer}. */
  public List<SentenceModule> modules() {
    return modules;
  }

  /** The most tokens of a text, special tokens included. */
  public int maxSequenceLength() {
    return transformer.maxSequenceLength();
  }

  /** Length of an embedding. */
  public int dimension() {
    int dimension = config.hiddenSize();
    for (SentenceModule module : modules) {
      if (module instanceof SentenceModule.Pooling pooling) {
        dimension = pooling.dimension() * pooling.modes().size();
      }
    }
    return dimension;
  }

  /** The transformer's {@code tokenizer.json}. */
  public Path tokenizerFile() {
    return transformer.directory().resolve("tokenizer.json");
  }

  /**
   * Opens the transformer's weights; the caller closes them. Names are those of the base model: a
   * prefix that a task's head adds, such as {@code bert.}, is gone.
   *
   * @throws CheckpointException if there are none in a format that can be read
   */
  public Weights weights() {
    return WeightFiles.open(transformer.directory(), config.modelType());
  }

  /**
   * Identifies what the embeddings depend on: SHA-256, in hexadecimal, over the weights, the
   * tokenizer and the modules' configuration, whatever the files are called and however they are
   * laid out. An imported checkpoint has it in its manifest; for any other folder it is computed,
   * which reads all weights.
   */
  public String digest() {
    return manifest.map(Manifest::digest).orElseGet(() -> CheckpointDigest.of(this));
  }

  /** What the import into a repository wrote down; empty for any other folder. */
  public Optional<Manifest> manifest() {
    return manifest;
  }

  /**
   * Reads every file again and compares it with what the import wrote down.
   *
   * @throws CheckpointException if a file is missing or differs, naming each; or if the checkpoint
   *     was not imported and so has no manifest
   */
  public void verify() {
    Manifest expected =
        manifest.orElseThrow(
            () ->
                new CheckpointException(
                    "%s was not imported and has no manifest to verify against"
                        .formatted(directory)));
    expected.checkContents(directory);
    if (!CheckpointDigest.of(this).equals(expected.digest())) {
      throw expected.damaged(directory, "its manifest has another digest than its files");
    }
  }
}
