package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.checkpoint.Names;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.repository.DirectoryImport.Contents;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
  private final Supplier<HubSettings> hub;
  private final Downloader downloader;

  /**
   * A repository in a folder, which is created when a model is imported.
   *
   * @param home the folder; models lie in {@code models} below it
   */
  public ModelRepository(Path home) {
    this(home, HubSettings::ofUser, new Downloader()); // read when a hub is asked for
  }

  /**
   * A repository in a folder, as above.
   *
   * @param hub where models are fetched that are named as on a hub
   */
  public ModelRepository(Path home, HubSettings hub) {
    this(home, () -> hub, new Downloader());
  }

  ModelRepository(Path home, Supplier<HubSettings> hub, Downloader downloader) {
    this.models = home.toAbsolutePath().normalize().resolve("models");
    this.hub = hub;
    this.downloader = downloader;
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
   * Finds a model, importing it if it is not here: a model's name; the path of a checkpoint, which
   * is what an existing folder is taken for; the path of a zip archive, which is unpacked under its
   * own name; the address of one; or the id of a model on the hub, {@code organization/name}, with
   * {@code @revision} or without. What was imported once stays as it is: a model on the hub that
   * has changed since is another only under its new revision.
   *
   * @throws CheckpointException if there is no such model, or it cannot be imported or opened
   */
  public Checkpoint resolve(String model, ImportProgress progress) {
    if (UrlImport.isUrl(model)) {
      return importUrl(model, Optional.empty(), progress);
    }
    if (isZip(model)) {
      return importZip(Path.of(model), Optional.empty(), progress);
    }
    return find(model)
        .orElseGet(
            () -> {
              Optional<BundledModel> bundled = BundledModel.find(model);
              if (bundled.isPresent()) {
                return new ImportTransaction(models)
                    .run(new BundledImport(bundled.get()), progress);
              }
              Optional<HubId> id = HubId.parse(model);
              if (id.isPresent()) {
                HubImport source = new HubImport(id.get(), hubCache());
                return new ImportTransaction(models).run(source, progress);
              }
              throw unknown(model);
            });
  }

  /** A model that is here: a folder, or an imported one. */
  private Optional<Checkpoint> find(String model) {
    Optional<BundledModel> bundled = BundledModel.find(model);
    Optional<HubId> id = HubId.parse(model);
    boolean elsewhere = bundled.isPresent() || id.isPresent();
    if (isPath(model) && (Files.isDirectory(Path.of(model)) || !elsewhere)) {
      return Optional.of(Checkpoint.open(Path.of(model)));
    }
    if (bundled.isPresent()) {
      return imported(bundled.get().name());
    }
    boolean named = !isPath(model) && (id.isEmpty() || NAME.matcher(model).matches());
    Optional<Checkpoint> imported = named ? imported(model) : Optional.empty();
    if (imported.isPresent() || id.isEmpty()) {
      return imported;
    }
    Optional<Checkpoint> fetched = imported(id.get().localName());
    fetched.ifPresent(
        checkpoint -> requireSource(checkpoint, model, source -> id.get().isSource(source)));
    return fetched;
  }

  private Optional<Checkpoint> imported(String name) {
    Path directory = directory(name);
    return Files.isDirectory(directory)
        ? Optional.of(Checkpoint.open(directory))
        : Optional.empty();
  }

  private HubCache hubCache() {
    HubSettings settings = hub.get();
    return new HubCache(settings, new HubClient(settings, downloader), downloads());
  }

  /** What has come in part. */
  private Path downloads() {
    return models.resolve(".downloads");
  }

  /**
   * Imports a model: as {@link #resolve(String, ImportProgress)}, but a checkpoint's folder is
   * copied, under its {@link Checkpoint#name}. Does nothing if the same model is there already.
   *
   * @throws CheckpointException if it cannot be imported, or another model has its name
   */
  public Checkpoint importModel(String model, ImportProgress progress) {
    return importModel(model, Optional.empty(), progress);
  }

  /**
   * Imports a model, as above.
   *
   * @param sha256 that a zip archive must have, in hexadecimal
   * @throws CheckpointException as above, or if it has another checksum, or is no archive
   */
  public Checkpoint importModel(String model, Optional<String> sha256, ImportProgress progress) {
    if (UrlImport.isUrl(model)) {
      return importUrl(model, sha256, progress);
    }
    if (isZip(model)) {
      return importZip(Path.of(model), sha256, progress);
    }
    if (sha256.isPresent()) {
      throw new CheckpointException(
          "%s is no zip archive, and only one has a checksum to compare with; a model on the hub is told by its revision: ID@REVISION"
              .formatted(model));
    }
    return Files.isDirectory(Path.of(model))
        ? importDirectory(Checkpoint.open(Path.of(model)), progress)
        : resolve(model, progress);
  }

  private Checkpoint importDirectory(Checkpoint source, ImportProgress progress) {
    Path target = directory(source.name());
    if (source.directory().equals(target)) {
      return source;
    }
    DirectoryImport copy = new DirectoryImport(source, source.name(), Contents.COPIED);
    Checkpoint imported = new ImportTransaction(models).run(copy, progress);
    if (!imported.digest().equals(source.digest())) {
      throw another(source.name(), source.directory().toString());
    }
    return imported;
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
    AtomicBoolean written = new AtomicBoolean();
    ModelWriter noted =
        folder -> {
          writer.writeTo(folder);
          written.set(true);
        };
    Checkpoint made =
        new ImportTransaction(models).run(new Creation(name, source, noted), progress);
    if (!written.get()) {
      throw new CheckpointException(
          "another process has just made a model named %s; choose another name".formatted(name));
    }
    return made;
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

  private Checkpoint importZip(Path file, Optional<String> sha256, ImportProgress progress) {
    String fileName = Objects.toString(file.getFileName());
    String name = fileName.substring(0, fileName.length() - ".zip".length());
    directory(name);
    ZipImport source = new ZipImport(file, name);
    sha256.ifPresent(source::requireChecksum);
    Checkpoint imported = new ImportTransaction(models).run(source, progress);
    requireSource(imported, file.toString(), source::isSource);
    return imported;
  }

  private Checkpoint importUrl(String url, Optional<String> sha256, ImportProgress progress) {
    UrlImport source = new UrlImport(url, sha256, downloader, downloads());
    if (!Files.isDirectory(directory(source.name())) && hub.get().offline()) {
      throw new CheckpointException(
          "%s is not here yet, and HF_HUB_OFFLINE forbids to fetch it".formatted(url));
    }
    Checkpoint imported = new ImportTransaction(models).run(source, progress);
    requireSource(imported, url, source::isSource);
    return imported;
  }

  private void requireSource(Checkpoint imported, String asked, Predicate<String> isSource) {
    if (!imported.manifest().map(Manifest::source).filter(isSource).isPresent()) {
      throw another(imported.name(), asked);
    }
  }

  private CheckpointException another(String name, String asked) {
    return new CheckpointException(
        "the repository has another model named %s, in %s: delete that folder, or rename %s"
            .formatted(name, directory(name), asked));
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
    boolean elsewhere =
        BundledModel.find(nameOrPath).isPresent()
            || HubId.parse(nameOrPath).isPresent()
            || UrlImport.isUrl(nameOrPath);
    Optional<Checkpoint> found = UrlImport.isUrl(nameOrPath) ? Optional.empty() : find(nameOrPath);
    return found.orElseThrow(
        () ->
            elsewhere
                ? new CheckpointException(
                    "%s is not imported yet; the first use imports it, or: models import %s"
                        .formatted(nameOrPath, nameOrPath))
                : unknown(nameOrPath));
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
        "there is no model %s. Known are %s; did you mean %s? A folder with a checkpoint works too, and a model of a hub by its whole id: organization/name"
            .formatted(name, String.join(", ", known), Names.nearest(name, known, 1).get(0)));
  }
}
