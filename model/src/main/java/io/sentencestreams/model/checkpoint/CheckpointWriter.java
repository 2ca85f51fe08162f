package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes a checkpoint with new weights into a folder that Sentence Transformers reads too. */
public final class CheckpointWriter {
  /** What configures a checkpoint; other exports of the old weights would contradict the new. */
  private static final Set<String> KEPT = Set.of("json", "txt", "model");

  private static final List<String> DTYPE_KEYS = List.of("dtype", "torch_dtype");

  /** Files that only a checkpoint has; one of them is always there. */
  private static final List<String> MARKS = List.of("modules.json", "config.json");

  private static final String OLD = ".old";

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
   * older checkpoint there as it was.
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
    prepare(source, target);
    Path to = target.toAbsolutePath().normalize();
    String name = Objects.toString(to.getFileName(), "checkpoint");
    Path staging = to.resolveSibling(".%s.%s.tmp".formatted(name, UUID.randomUUID()));
    try {
      try {
        new CheckpointWriter(source, trained, extras).fill(Files.createDirectories(staging));
        FileTrees.force(staging);
        publish(staging, to);
      } finally {
        FileTrees.delete(staging);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new CheckpointException("cannot write the checkpoint %s: %s".formatted(to, e), e);
    }
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
    Path to = target.toAbsolutePath().normalize();
    try {
      if (Files.exists(to)) {
        requireReplaceable(source, to);
      }
      Path parent = to.getParent();
      if (parent != null && Files.isDirectory(parent)) {
        recover(parent, to);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new CheckpointException("cannot prepare %s for a checkpoint: %s".formatted(to, e), e);
    }
  }

  private static void requireReplaceable(Checkpoint source, Path target) throws IOException {
    Path real = target.toRealPath();
    Path base = source.directory().toRealPath();
    if (base.startsWith(real) && !base.equals(real)) {
      throw new CheckpointException(
          "%s holds the checkpoint %s, which would be lost with it; choose another folder"
              .formatted(target, source.directory()));
    }
    if (!Files.isDirectory(real)) {
      throw new CheckpointException(target + " is a file; choose a folder");
    }
    boolean checkpoint = MARKS.stream().anyMatch(mark -> Files.exists(real.resolve(mark)));
    try (Stream<Path> entries = Files.list(real)) {
      if (!checkpoint && entries.findAny().isPresent()) {
        throw new CheckpointException(
            "%s has files, but is no checkpoint (none of %s is there); choose another folder, or empty it"
                .formatted(target, MARKS));
      }
    }
  }

  private static void recover(Path parent, Path target) throws IOException {
    Pattern left =
        Pattern.compile(
            "\\.%s\\.[0-9a-f-]{36}\\.tmp(\\.old)?".formatted(Pattern.quote(name(target))));
    List<Path> all;
    try (Stream<Path> entries = Files.list(parent)) {
      all = entries.filter(path -> left.matcher(name(path)).matches()).toList();
    }
    List<Path> old = all.stream().filter(path -> name(path).endsWith(OLD)).toList();
    boolean missing = Files.notExists(target);
    if (missing && old.size() == 1) {
      Files.move(old.get(0), target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceDirectory(parent);
    }
    for (Path path : all) {
      // With several and nothing under the name, any may be the one that is missed.
      if (!missing || !old.contains(path)) {
        FileTrees.delete(path);
      }
    }
  }

  private static String name(Path path) {
    return Objects.toString(path.getFileName(), ""); // the root of a file system has none
  }

  private void fill(Path staging) throws IOException {
    List<Path> files;
    // A module's folder is at most one below the checkpoint's.
    try (Stream<Path> walk = Files.walk(source.directory(), 2, FileVisitOption.FOLLOW_LINKS)) {
      files = walk.filter(this::isKept).toList();
    }
    for (Path file : files) {
      Path copy = staging.resolve(source.directory().relativize(file).toString());
      Files.createDirectories(Objects.requireNonNull(copy.getParent()));
      Files.copy(file, copy);
    }
    for (SentenceModule module : source.modules()) {
      if (module instanceof SentenceModule.Weighted weighted) {
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
      Map<String, TensorType> types = new LinkedHashMap<>();
      for (String name : old.names()) {
        types.put(name, own.containsKey(name) ? own.get(name).type() : old.get(name).type());
      }
      own.forEach((name, tensor) -> types.putIfAbsent(name, tensor.type()));
      Safetensors.write(
          file,
          types,
          name -> own.containsKey(name) ? own.get(name) : old.get(name),
          Map.of("format", "pt"));
    }
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

  private static void publish(Path staging, Path target) throws IOException {
    Path parent = Objects.requireNonNull(target.getParent());
    Path old = null;
    if (Files.exists(target)) {
      old = target.resolveSibling(staging.getFileName() + OLD);
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (old != null) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    AtomicFiles.forceDirectory(parent);
    if (old != null) {
      FileTrees.delete(old);
    }
  }
}
