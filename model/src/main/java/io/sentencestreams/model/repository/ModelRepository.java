package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.checkpoint.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The models on this machine: a folder with one checkpoint per name.
 *
 * <p>A model is imported once, on first use or when asked for. An import appears whole or not at
 * all, and two processes may import at once: one does the work, the other waits and uses it.
 * Thread-safe.
 */
public final class ModelRepository {
  /** The environment variable that says where the repository is. */
  public static final String HOME_VARIABLE = "SENTENCE_STREAMS_HOME";

  /** The model that is used where none is named. */
  public static final String DEFAULT_MODEL = "all-MiniLM-L6-v2";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final Path models;

  /**
   * A repository in a folder, which is created when a model is imported.
   *
   * @param home the folder; models lie in {@code models} below it
   */
  public ModelRepository(Path home) {
    this.models = home.toAbsolutePath().normalize().resolve("models");
  }

  /** The user's repository: {@value #HOME_VARIABLE}, or else the user's cache folder. */
  public static ModelRepository ofUser() {
    return new ModelRepository(
        home(System.getenv(), System.getProperty("os.name"), System.getProperty("user.home")));
  }

  static Path home(Map<String, String> environment, String os, String userHome) {
    String home = environment.getOrDefault(HOME_VARIABLE, "");
    if (!home.isBlank()) {
      return Path.of(home);
    }
    String folder = "sentence-streams";
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The XDG specification has relative paths ignored.
    if (!cache.isBlank() && Path.of(cache).isAbsolute()) {
      return Path.of(cache, folder);
    }
    String lowerOs = os.toLowerCase(Locale.ROOT);
    if (lowerOs.startsWith("mac")) {
      return Path.of(userHome, "Library", "Caches", folder);
    }
    String localAppData = environment.getOrDefault("LOCALAPPDATA", "");
    if (lowerOs.startsWith("windows") && !localAppData.isBlank()) {
      return Path.of(localAppData, folder, "cache");
    }
    return Path.of(userHome, ".cache", folder);
  }

  /** As {@link #resolve(String, ImportProgress)}, telling nobody of an import. */
  public Checkpoint resolve(String nameOrPath) {
    return resolve(nameOrPath, ImportProgress.SILENT);
  }

  /**
   * Finds a model, importing it if it is a known one that is used for the first time.
   *
   * @param nameOrPath a model's name; or the path of a checkpoint, which is what an existing folder
   *     and anything with a path separator is taken for; or the path of a zip archive, which is
   *     unpacked under its own name
   * @throws CheckpointException if there is no such model, or it cannot be imported or opened
   */
  public Checkpoint resolve(String nameOrPath, ImportProgress progress) {
    Optional<BundledModel> bundled = BundledModel.find(nameOrPath);
    if (isZip(nameOrPath)) {
      return importZip(Path.of(nameOrPath), progress);
    }
    if (isPath(nameOrPath)) {
      if (bundled.isEmpty() || Files.isDirectory(Path.of(nameOrPath))) {
        return Checkpoint.open(Path.of(nameOrPath));
      }
    }
    String name = bundled.map(BundledModel::name).orElse(nameOrPath);
    Path directory = directory(name);
    if (Files.isDirectory(directory)) {
      return Checkpoint.open(directory);
    }
    BundledModel model = bundled.orElseThrow(() -> unknown(nameOrPath));
    return new ImportTransaction(models).run(new BundledImport(model), progress);
  }

  /**
   * Imports a model: a known one by its name, or a checkpoint's folder under its {@link
   * Checkpoint#name}. Does nothing if the same model is there already.
   *
   * @throws CheckpointException if it cannot be imported, or another model has its name
   */
  public Checkpoint importModel(String nameOrDirectory, ImportProgress progress) {
    if (Files.isDirectory(Path.of(nameOrDirectory))) {
      Checkpoint source = Checkpoint.open(Path.of(nameOrDirectory));
      String name = source.name();
      Path target = directory(name);
      if (source.directory().equals(target)) {
        return source;
      }
      Checkpoint imported =
          new ImportTransaction(models).run(new DirectoryImport(source, name), progress);
      if (!imported.digest().equals(source.digest())) {
        throw new CheckpointException(
            "the repository has another model named %s, in %s: delete that folder, or rename %s"
                .formatted(name, target, source.directory()));
      }
      return imported;
    }
    return resolve(nameOrDirectory, progress);
  }

  /** Writes a model's files into a folder that is there and empty. */
  @FunctionalInterface
  public interface ModelWriter {
    /** Writes them. */
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Makes a model in the repository.
   *
   * @param name a new one
   * @param source what it is made of, as its manifest is to say
   * @throws CheckpointException if there is a model of this name, or it cannot be written
   */
  public Checkpoint create(
      String name, String source, ModelWriter writer, ImportProgress progress) {
    Path target = directory(name);
    if (BundledModel.find(name).isPresent() || Files.exists(target)) {
      throw new CheckpointException(
          "there is a model named %s already (it belongs in %s); choose another name, or delete that folder"
              .formatted(name, target));
    }
    return new ImportTransaction(models).run(new Creation(name, source, writer), progress);
  }

  private record Creation(String name, String source, ModelWriter writer) implements ModelImport {
    @Override
    public void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException {
      progress.begins(name, ImportProgress.Step.WRITE);
      writer.writeTo(checkpoint);
    }
  }

  private static boolean isZip(String path) {
    return path.toLowerCase(Locale.ROOT).endsWith(".zip") && Files.isRegularFile(Path.of(path));
  }

  private Checkpoint importZip(Path file, ImportProgress progress) {
    String fileName = Objects.toString(file.getFileName());
    String name = fileName.substring(0, fileName.length() - ".zip".length());
    Path target = directory(name);
    ZipImport source = new ZipImport(file, name);
    Checkpoint imported = new ImportTransaction(models).run(source, progress);
    if (!imported.manifest().map(m -> source.isSource(m.source())).orElse(false)) {
      throw new CheckpointException(
          "the repository has another model named %s, in %s: delete that folder, or rename %s"
              .formatted(name, target, file));
    }
    return imported;
  }

  /** The imported models and the known ones that are not yet imported, by name. */
  public List<Entry> list() {
    TreeSet<String> names = new TreeSet<>(BundledModel.names());
    names.addAll(imported());
    List<Entry> entries = new ArrayList<>();
    for (String name : names) {
      Path directory = directory(name);
      boolean imported = Files.isDirectory(directory);
      entries.add(new Entry(name, imported ? Optional.of(directory) : Optional.empty()));
    }
    return entries;
  }

  /**
   * A model in the repository, or known to it.
   *
   * @param directory its checkpoint; empty if it is known and not yet imported
   */
  public record Entry(String name, Optional<Path> directory) {}

  /**
   * Opens a model without importing it.
   *
   * @throws CheckpointException if it is unknown or not imported
   */
  public Checkpoint show(String nameOrPath) {
    Optional<BundledModel> bundled = BundledModel.find(nameOrPath);
    if (bundled.isPresent() && !Files.isDirectory(directory(bundled.get().name()))) {
      throw new CheckpointException(
          "%s is known but not imported yet; the first use imports it, or: models import %s"
              .formatted(nameOrPath, bundled.get().name()));
    }
    return resolve(nameOrPath);
  }

  /** The folder that holds the models. */
  public Path directory() {
    return models;
  }

  private Path directory(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new CheckpointException(
          "'%s' cannot be a model's name: letters, digits, dots, dashes and underscores can"
              .formatted(name));
    }
    return models.resolve(name);
  }

  private List<String> imported() {
    if (!Files.isDirectory(models)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(models)) {
      return children
          .filter(child -> Files.isRegularFile(child.resolve(Manifest.FILE)))
          .map(child -> child.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .toList();
    } catch (IOException e) {
      throw new CheckpointException("cannot list %s: %s".formatted(models, e), e);
    }
  }

  private static boolean isPath(String nameOrPath) {
    return nameOrPath.contains("/")
        || nameOrPath.contains("\\")
        || nameOrPath.equals(".")
        || nameOrPath.equals("..")
        || Files.isDirectory(Path.of(nameOrPath));
  }

  private CheckpointException unknown(String name) {
    List<String> known = list().stream().map(Entry::name).toList();
    return new CheckpointException(
        "there is no model %s. Known are %s; did you mean %s? A folder with a checkpoint works too"
            .formatted(name, String.join(", ", known), Names.nearest(name, known, 1).get(0)));
  }
}
