package io.sentencestreams.model.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sentence encoder on disk, in the layout of Sentence Transformers: {@code modules.json} names
 * the steps, and each step's folder holds its configuration and its weights; a transformer's folder
 * holds its tokenizer too.
 *
 * <p>A plain Hugging Face folder, without {@code modules.json}, is taken as a transformer with mean
 * pooling, as the reference does. Opening reads and checks the configuration and the header of the
 * weights, not the weights themselves.
 */
public final class Checkpoint {
  private static final Logger log = LoggerFactory.getLogger(Checkpoint.class);

  /** What bounds a text where a model does not: a text of as many characters is cut anyway. */
  private static final int UNLIMITED_LENGTH = 1 << 20;

  private final Path directory;
  private final List<SentenceModule> modules;
  private final Optional<TransformerConfig> config;
  private final Optional<PairScoring> scoring;
  private final EncodingDefaults defaults;
  private final Optional<Manifest> manifest;
  private final int dimension;

  private Checkpoint(Path directory, List<SentenceModule> modules, Optional<PairScoring> scoring) {
    this.directory = directory;
    this.modules = modules;
    this.scoring = scoring;
    this.config =
        modules.get(0) instanceof SentenceModule.Transformer transformer
            ? Optional.of(TransformerConfig.read(transformer.directory().resolve("config.json")))
            : Optional.empty();
    this.dimension = ModuleChain.check(modules, config, directory.resolve("modules.json"));
    this.defaults = EncodingDefaults.read(directory);
    // An import took a cross-encoder that does not say so for something else.
    boolean asImported = scoring.isEmpty() || CrossEncoderReader.saysSo(directory);
    this.manifest = asImported ? Manifest.readIfPresent(directory) : Optional.empty();
  }

  /**
   * Opens a checkpoint.
   *
   * @throws CheckpointException if the folder is none, or one that cannot be used; the message says
   *     which file is at fault
   */
  public static Checkpoint open(Path directory) {
    Path root = root(directory);
    if (CrossEncoderReader.saysSo(root)) {
      return openCrossEncoder(root);
    }
    List<SentenceModule> modules = ModulesReader.read(root);
    boolean bare = !Files.isRegularFile(root.resolve("modules.json"));
    if (bare && modules.get(0) instanceof SentenceModule.Transformer) {
      log.info(
          "{} has no modules.json: taken as a transformer with mean pooling, not normalized", root);
    }
    return checked(new Checkpoint(root, modules, Optional.empty()));
  }

  /**
   * Opens a cross-encoder: a transformer with a head that scores pairs of texts. {@link #open} does
   * the same where the folder says that it is one, which those of before version 5.4 of the
   * reference do not.
   *
   * @throws CheckpointException if the folder is none, or one that cannot be used
   */
  public static Checkpoint openCrossEncoder(Path directory) {
    Path root = root(directory);
    CrossEncoderReader reader = new CrossEncoderReader(root);
    return checked(new Checkpoint(root, reader.modules(), Optional.of(reader.scoring())));
  }

  private static Path root(Path directory) {
    Path root = directory.toAbsolutePath().normalize();
    if (!Files.exists(root)) {
      throw new CheckpointException(
          "the folder %s does not exist; give that of a checkpoint, or a model's name"
              .formatted(root));
    }
    if (!Files.isDirectory(root)) {
      throw new CheckpointException("%s is not a folder".formatted(root));
    }
    return root;
  }

  private static Checkpoint checked(Checkpoint checkpoint) {
    checkpoint.check();
    return checkpoint;
  }

  private void check() {
    manifest.ifPresent(m -> m.checkSizes(directory));
    TokenizerFiles.requirePresent(modules.get(0));
    for (SentenceModule module : modules) {
      if (module instanceof SentenceModule.Weighted weighted) {
        weights(weighted).close();
      }
    }
  }

  /** Whether a prompt's tokens are pooled as the text's own are. */
  public boolean poolsPrompt() {
    return modules.stream()
        .noneMatch(m -> m instanceof SentenceModule.Pooling p && !p.includePrompt());
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

  /**
   * The transformer's architecture.
   *
   * @throws CheckpointException if the model has no transformer
   */
  public TransformerConfig config() {
    return config.orElseThrow(
        () ->
            new CheckpointException(
                "%s has no transformer, but begins with %s"
                    .formatted(directory, modules.get(0).typeName())));
  }

  /** Whether the first module is a transformer. */
  public boolean hasTransformer() {
    return config.isPresent();
  }

  /** Whether it is, or was made of, a model with a head that scores. */
  public boolean isClassifier() {
    return modules.get(0) instanceof SentenceModule.Transformer transformer
        && CrossEncoderReader.isClassifier(transformer.directory());
  }

  /** What a cross-encoder makes of pairs; empty for a sentence encoder. */
  public Optional<PairScoring> scoring() {
    return scoring;
  }

  /** Prompts and other settings of the whole model. */
  public EncodingDefaults defaults() {
    return defaults;
  }

  /** The steps from text to embedding. */
  public List<SentenceModule> modules() {
    return modules;
  }

  /** The most tokens of a text, special tokens included. */
  public int maxSequenceLength() {
    if (modules.get(0) instanceof SentenceModule.Transformer transformer) {
      return transformer.maxSequenceLength();
    }
    if (modules.get(0) instanceof SentenceModule.WordEmbeddings words) {
      return words.maxSequenceLength();
    }
    return UNLIMITED_LENGTH;
  }

  /** Length of an embedding. */
  public int dimension() {
    return dimension;
  }

  /** The folder of the first module, where the tokenizer lies. */
  public Path tokenizerDirectory() {
    return TokenizerFiles.directory(modules.get(0));
  }

  /** The {@code tokenizer.json} of a transformer or of a static embedding; it need not exist. */
  public Path tokenizerFile() {
    return tokenizerDirectory().resolve("tokenizer.json");
  }

  /**
   * Whether another checkpoint cuts texts into the same tokens: whether its tokenizer, in whatever
   * files it has, is the same.
   *
   * @throws IOException if a file of the two cannot be read
   */
  public boolean hasTokenizerOf(Checkpoint other) throws IOException {
    return TokenizerFiles.same(modules.get(0), other.modules.get(0));
  }

  /**
   * Opens the first module's weights; the caller closes them. Names are those of the base model: a
   * prefix that a task's head adds, such as {@code bert.}, is gone.
   *
   * @throws CheckpointException if there are none in a format that can be read
   */
  public Weights weights() {
    if (modules.get(0) instanceof SentenceModule.Weighted first) {
      return weights(first);
    }
    throw new CheckpointException(
        "%s: %s has no weights".formatted(directory, modules.get(0).typeName()));
  }

  /** Opens the weights of one module, as {@link #weights()}. */
  public Weights weights(SentenceModule.Weighted module) {
    if (isOfTransformer(module)) {
      return WeightFiles.open(module.directory(), config().modelType());
    }
    if (module instanceof SentenceModule.StaticEmbedding) {
      return StaticTable.open(module.directory());
    }
    return WeightFiles.open(module.directory());
  }

  /**
   * What is put before the names of a module's parameters where those of several modules are
   * together: nothing for a transformer and a cross-encoder's head, or else its place in the model
   * and a dot.
   */
  public String parameterPrefix(SentenceModule module) {
    return isOfTransformer(module) ? "" : modules.indexOf(module) + ".";
  }

  /** Whether a module's weights are in the transformer's files. */
  static boolean isOfTransformer(SentenceModule module) {
    return module instanceof SentenceModule.Transformer
        || module instanceof SentenceModule.HeadLayer;
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
