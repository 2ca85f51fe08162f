package io.sentencestreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.StreamSupport;

/** What the reference finds in fixed embeddings: tests/python/application_goldens.py. */
public final class ApplicationGoldens {
  private final JsonNode root;

  private ApplicationGoldens(JsonNode root) {
    this.root = root;
  }

  public static ApplicationGoldens read() throws IOException {
    try (InputStream in =
        ApplicationGoldens.class.getResourceAsStream("/golden/applications.json")) {
      return new ApplicationGoldens(new ObjectMapper().readTree(in));
    }
  }

  public JsonNode at(String pointer) {
    return root.at(pointer);
  }

  public float[][] embeddings() {
    return StreamSupport.stream(root.path("embeddings").spliterator(), false)
        .map(
            row -> {
              float[] values = new float[row.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) row.path(i).asDouble();
              }
              return values;
            })
        .toArray(float[][]::new);
  }

  public static int[] ints(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }
}
