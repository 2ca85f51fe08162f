package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import io.sentencestreams.model.internal.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an import wrote, kept beside the checkpoint's own files.
 *
 * @param name the model's name in the repository
 * @param source where it came from
 * @param digest of the checkpoint, so that a start need not hash the weights
 * @param files each file of the checkpoint except the manifest
 */
public record Manifest(String name, String source, String digest, List<FileEntry> files) {
  /** The manifest's own file in a checkpoint's folder. */
  public static final String FILE = "manifest.json";

  /** Before the id of a source that is a model on the hub. */
  public static final String HUB = "hub:";

  private static final int FORMAT = 1;

  public Manifest {
    files = List.copyOf(files);
  }

  /**
   * One file.
   *
   * @param path relative to the checkpoint, with forward slashes
   * @param size in bytes
   * @param sha256 in hexadecimal
   */
  public record FileEntry(String path, long size, String sha256) {}

  /**
   * Describes the files of a folder, but for a manifest among them.
   *
   * @throws IOException if a file cannot be read
   */
  public static Manifest of(Path root, String name, String source, String digest)
      throws IOException {
    List<FileEntry> entries = new ArrayList<>();
    for (Path file : FileTrees.files(root)) {
      String path = root.relativize(file).toString().replace('\\', '/');
      if (!path.equals(FILE)) {
        entries.add(new FileEntry(path, Files.size(file), Sha256.of(file)));
      }
    }
    return new Manifest(name, source, digest, entries);
  }

  /**
   * Describes the files of a folder and writes the description into it.
   *
   * @throws IOException if a file cannot be read or the manifest not written
   */
  public static void write(Path root, String name, String source, String digest)
      throws IOException {
    byte[] json = of(root, name, source, digest).bytes();
    AtomicFiles.write(
        root.resolve(FILE), channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(json)));
  }

  /** The manifest of a folder, if it is one that an import wrote: other programs have others. */
  static Optional<Manifest> readIfPresent(Path root) {
    Path file = root.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    JsonFile json = JsonFile.read(file);
    boolean ours = json.root().has("format") && json.root().has("digest");
    return ours ? Optional.of(from(json)) : Optional.empty();
  }

  /**
   * The manifest that {@link #bytes} gave.
   *
   * @param file names it in errors
   * @throws CheckpointException if it is none
   */
  public static Manifest parse(byte[] json, Path file) {
    return from(JsonFile.parse(file, json));
  }

  private static Manifest from(JsonFile json) {
    if (json.root().path("format").asInt() != FORMAT) {
      throw json.error("it has format %s, not %d".formatted(json.root().path("format"), FORMAT));
    }
    List<FileEntry> files = new ArrayList<>();
    for (JsonNode node : json.root().path("files")) {
      files.add(
          new FileEntry(
              node.path("path").asText(),
              node.path("size").asLong(),
              node.path("sha256").asText()));
    }
    return new Manifest(json.text("name"), json.text("source"), json.text("digest"), files);
  }

  /** What {@link #write} writes. */
  public byte[] bytes() {
    return toJson().toPrettyString().getBytes(StandardCharsets.UTF_8);
  }

  private JsonNode toJson() {
    ObjectNode root =
        JsonFile.MAPPER
            .createObjectNode()
            .put("format", FORMAT)
            .put("name", name)
            .put("source", source)
            .put("digest", digest);
    ArrayNode array = root.putArray("files");
    for (FileEntry file : files) {
      array
          .addObject()
          .put("path", file.path())
          .put("size", file.size())
          .put("sha256", file.sha256());
    }
    return root;
  }

  /** Bytes of all files. */
  public long size() {
    return files.stream().mapToLong(FileEntry::size).sum();
  }

  /** Compares sizes only, which a start can afford: enough to see a file cut off or replaced. */
  void checkSizes(Path root) {
    check(root, false);
  }

  /** Reads every file and compares its checksum. */
  void checkContents(Path root) {
    check(root, true);
  }

  private void check(Path root, boolean contents) {
    List<String> problems = new ArrayList<>();
    for (FileEntry entry : files) {
      Path file = root.resolve(entry.path());
      try {
        if (!Files.isRegularFile(file)) {
          problems.add(entry.path() + " is missing");
        } else if (Files.size(file) != entry.size()) {
          problems.add(
              "%s has %d bytes instead of %d"
                  .formatted(entry.path(), Files.size(file), entry.size()));
        } else if (contents && !Sha256.of(file).equals(entry.sha256())) {
          problems.add("%s has other content than was imported".formatted(entry.path()));
        }
      } catch (IOException e) {
        problems.add("%s cannot be read: %s".formatted(entry.path(), e));
      }
    }
    if (!problems.isEmpty()) {
      throw damaged(root, String.join("; ", problems));
    }
  }

  CheckpointException damaged(Path root, String problem) {
    boolean hub = source.startsWith(HUB);
    return new CheckpointException(
        "%s is damaged: %s. Delete the folder and import %s again"
            .formatted(root, problem, hub ? source.substring(HUB.length()) : name));
  }
}
