package io.sentencestreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A model of the golden files, and what the reference computes with it. */
public record Golden(Checkpoint checkpoint, List<String> texts, JsonNode expected) {
  public static Golden of(String name) {
    try {
      Path folder = Path.of(Golden.class.getResource("/golden/" + name).toURI());
      JsonNode json = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
      List<String> texts = new ArrayList<>();
      json.path("texts").forEach(text -> texts.add(text.asText()));
      return new Golden(Checkpoint.open(folder), texts, json);
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy of a model's files, which a test may change. */
  public static Path copy(String name, Path target) throws IOException {
    Path source = of(name).checkpoint().directory();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(source)) {
      files = walk.toList(); // parents before their children
    }
    for (Path file : files) {
      Files.copy(file, target.resolve(source.relativize(file).toString()));
    }
    return target;
  }

  public float[] embedding(int text) {
    JsonNode row = expected.path("embeddings").path(text);
    float[] vector = new float[row.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) row.path(i).asDouble();
    }
    return vector;
  }
}
