package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an import wrote, beside the checkpoint's own files.
 *
 * @param name the model's name in the repository
 * @param source where it came from
 * @param digest of the checkpoint, so that a start need not hash the weights
 * @param files each file of the checkpoint but this one
 */
record Manifest(String name, String source, String digest, List<FileEntry> files) {
  static final String FILE = "manifest.json";
  private static final int FORMAT = 1;

  Manifest {
    files = List.copyOf(files);
  }

  /**
   * One file.
   *
   * @param path relative to the checkpoint, with forward slashes
   */
  record FileEntry(String path, long size, String sha256) {}

  /** The manifest of a folder, if it is one that an import wrote. */
  static Optional<Manifest> readIfPresent(Path root) {
    Path file = root.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    JsonFile json = JsonFile.read(file);
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
    return Optional.of(
        new Manifest(json.text("name"), json.text("source"), json.text("digest"), files));
  }

  JsonNode toJson() {
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

  void verify(Path root) {
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
        } else if (!Digests.of(file).equals(entry.sha256())) {
          problems.add("%s has other content than was imported".formatted(entry.path()));
        }
      } catch (IOException e) {
        problems.add("%s cannot be read: %s".formatted(entry.path(), e));
      }
    }
    if (!problems.isEmpty()) {
      throw new CheckpointException(
          "%s is damaged: %s. Delete the folder and import %s again"
              .formatted(root, String.join("; ", problems), name));
    }
  }
}
