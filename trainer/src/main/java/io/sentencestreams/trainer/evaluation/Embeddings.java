package io.sentencestreams.trainer.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Embeddings by text; each distinct text is encoded once, all of them in one call. */
final class Embeddings {
  private final Map<String, Integer> rows = new LinkedHashMap<>();
  private final float[][] embeddings;

  @SafeVarargs
  Embeddings(Function<List<String>, float[][]> encoder, List<String>... columns) {
    for (List<String> column : columns) {
      for (String text : column) {
        rows.putIfAbsent(text, rows.size());
      }
    }
    embeddings = encode(encoder, new ArrayList<>(rows.keySet()));
  }

  /** Encodes texts as they are, and checks what comes back. */
  static float[][] encode(Function<List<String>, float[][]> encoder, List<String> texts) {
    float[][] embeddings = encoder.apply(texts);
    if (embeddings.length != texts.size()) {
      throw new IllegalStateException(
          "the encoder gave %d embeddings for %d texts".formatted(embeddings.length, texts.size()));
    }
    for (int i = 0; i < embeddings.length; i++) {
      for (float value : embeddings[i]) {
        if (!Float.isFinite(value)) {
          throw new IllegalStateException(
              "the encoder gave an embedding that is not finite for the text: " + texts.get(i));
        }
      }
    }
    return embeddings;
  }

  /** One row per text, in the order of the texts. */
  float[][] of(List<String> texts) {
    return texts.stream().map(text -> embeddings[rows.get(text)]).toArray(float[][]::new);
  }
}
