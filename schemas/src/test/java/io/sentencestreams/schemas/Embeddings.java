package io.sentencestreams.schemas;

import java.util.Random;

/** Embeddings for tests. */
final class Embeddings {
  private Embeddings() {}

  static EmbeddingRecord of(float... vector) {
    return new EmbeddingRecord(
        "texts-3-42",
        vector,
        "all-MiniLM-L6-v2",
        "0f1e2d3c",
        9,
        true,
        "texts",
        3,
        42L,
        1_767_225_600_123L,
        "\"Grüße\" – 你好 \uD83D\uDE00\n");
  }

  static EmbeddingRecord withoutText(float... vector) {
    return new EmbeddingRecord(
        "k", vector, "m", "v1", 2, false, "texts", 0, Long.MAX_VALUE, -1L, null);
  }

  /** Any finite floats: every exponent, subnormal values, both zeros. */
  static float[] anyFinite(Random random, int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      vector[i] = Float.isFinite(value) ? value : -0.0f;
    }
    return vector;
  }
}
