package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** Writes a checkpoint with new weights into a folder that Sentence Transformers reads too. */
public final class CheckpointWriter {
  /** What configures a checkpoint; other exports of the old weights would contradict the new. */
  private static final Set<String> KEPT = Set.of("json", "txt", "model");

  private static final List<String> DTYPE_KEYS = List.of("dtype", "torch_dtype");

  /** What a parameter of a module other than a transformer has before its name. */
  private static final Pattern PLACE = Pattern.compile("\\d+\\.");

  private final Checkpoint source;
  private final Map<String, Tensor> trained;
  private final Map<String, byte[]> extras;

  private CheckpointWriter(
      Checkpoint source, Map<String, Tensor> trained, Map<String, byte[]> extras) {
    this.source = source;
    this.trained = trained;
    this.extras = extras;
  }

  /**
   * Writes the configuration and the tokenizer of one checkpoint with other weights. All is written
   * beside the target and forced to the disk before the target is touched, so a full disk leaves an
   * older checkpoint there as it was. One of 2020 gets the keys and types of the reference's
   * current generation.
   *
   * @param source gives everything else, and the tensors that {@code trained} lacks
   * @param target need not exist; a checkpoint or an empty folder that is there is replaced
   * @param trained fp32, by their Hugging Face names if they are a transformer's, or else with
   *     their module's {@link Checkpoint#parameterPrefix prefix}
   * @param extras further files, by their names
   * @throws CheckpointException if it cannot be written, or as {@link #prepare}
   */
  public static void write(
      Checkpoint source, Path target, Map<String, Tensor> trained, Map<String, byte[]> extras) {
    CheckpointWriter writer = new CheckpointWriter(source, trained, extras);
    StagedFolder.replace(target, List.of(source.directory()), writer::fill);
  }

  /**
   * Checks that a checkpoint may be written to a target, and tidies up after a write that was
   * killed: an older checkpoint that it had moved away comes back under its name, its own part is
   * deleted. No other write to the target may be under way.
   *
   * @throws CheckpointException if what is there would be lost: it holds the source, or is no
   *     checkpoint and not empty; or if it cannot be tidied up
   */
  public static void prepare(Checkpoint source, Path target) {
    StagedFolder.prepare(target, List.of(source.directory()));
  }

  private void fill(Path staging) throws IOException {
    // A module's folder is at most one below the checkpoint's.
    List<Path> files = FileTrees.files(source.directory()).stream().filter(this::isKept).toList();
    for (Path file : files) {
      Path copy = staging.resolve(source.directory().relativize(file).toString());
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      Files.copy(file, copy);
    }
    if (Generation2020.is(source)) {
      Generation2020.rewrite(source, staging);
    }
    for (SentenceModule module : source.modules()) {
      boolean inOthers = module instanceof SentenceModule.HeadLayer;
      if (module instanceof SentenceModule.Weighted weighted && !inOthers) {
        Path directory =
            staging.resolve(source.directory().relativize(weighted.directory()).toString());
        if (module instanceof SentenceModule.Transformer) {
          declareFp32(directory.resolve("config.json"));
        }
        writeWeights(weighted, directory.resolve("model.safetensors"));
      }
    }
    for (Map.Entry<String, byte[]> extra : extras.entrySet()) {
      Files.write(staging.resolve(extra.getKey()), extra.getValue());
    }
  }

  private boolean isKept(Path file) {
    String path = source.directory().relativize(file).toString();
    String extension = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return Files.isRegularFile(file)
        && !path.startsWith(".")
        && !path.equals(Manifest.FILE)
        && !extras.containsKey(path)
        && !path.endsWith(".index.json")
        && KEPT.contains(extension);
  }

  /** Readers take the type of the weights from the configuration. */
  private static void declareFp32(Path config) throws IOException {
    ObjectNode root = (ObjectNode) JsonFile.read(config).root();
    boolean changed = false;
    for (String key : DTYPE_KEYS) {
      if (root.has(key) && !root.path(key).asText().equals("float32")) {
        root.put(key, "float32");
        changed = true;
      }
    }
    if (changed) {
      byte[] json = JsonFile.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
      AtomicFiles.replace(
          config, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(json)));
    }
  }

  private void writeWeights(SentenceModule.Weighted module, Path file) {
    Map<String, Tensor> own = trained(module);
    try (Weights old = source.weights(module)) {
      Map<String, String> names = new LinkedHashMap<>(); // by those in the file
      old.names().forEach(name -> names.put(nameInFile(name), name));
      own.keySet().forEach(name -> names.put(nameInFile(name), name));
      Map<String, TensorType> types = new LinkedHashMap<>();
      names.forEach(
          (name, base) ->
              types.put(name, own.containsKey(base) ? own.get(base).type() : old.get(base).type()));
      Safetensors.write(
          file,
          types,
          name -> {
            String base = names.get(name);
            return own.containsKey(base) ? own.get(base) : old.get(base);
          },
          Map.of("format", "pt"));
    }
  }

  /** Hugging Face's classifiers are not found under the names of a base model. */
  private String nameInFile(String name) {
    return source.scoring().isPresent()
        ? WeightFiles.nameInClassifier(name, source.config().modelType())
        : name;
  }

  /** The trained tensors of a module, by their names in it. */
  private Map<String, Tensor> trained(SentenceModule.Weighted module) {
    String prefix = source.parameterPrefix(module);
    Map<String, Tensor> own = new LinkedHashMap<>();
    trained.forEach(
        (name, tensor) -> {
          boolean other = PLACE.matcher(name).lookingAt();
          if (prefix.isEmpty() ? !other : name.startsWith(prefix)) {
            own.put(name.substring(prefix.length()), tensor);
          }
        });
    return own;
  }
}
