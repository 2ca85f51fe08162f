package io.sentencestreams.model;

import java.util.Optional;
import java.util.stream.IntStream;

/** How alike two embeddings are: the greater, the more alike. */
public enum SimilarityFunction {
  /** Cosine of the angle between them; 0 if either is a zero vector. */
  COSINE {
    @Override
    double of(float[] a, float[] b) {
      double norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
      return norms == 0 ? 0 : dot(a, b) / norms;
    }
  },
  /** Dot product. */
  DOT {
    @Override
    double of(float[] a, float[] b) {
      return dot(a, b);
    }
  },
  /** Euclidean distance, negated. */
  EUCLIDEAN {
    @Override
    double of(float[] a, float[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        double difference = (double) a[i] - b[i];
        sum += difference * difference;
      }
      return -Math.sqrt(sum);
    }
  },
  /** Manhattan distance, negated. */
  MANHATTAN {
    @Override
    double of(float[] a, float[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += Math.abs((double) a[i] - b[i]);
      }
      return -sum;
    }
  };

  /**
   * The function of a name such as {@code dot}; the cosine where there is none.
   *
   * @throws IllegalArgumentException if there is none such; the message lists those that are
   */
  public static SimilarityFunction named(Optional<String> name) {
    for (SimilarityFunction function : values()) {
      if (function.name().equalsIgnoreCase(name.orElse("cosine"))) {
        return function;
      }
    }
    throw new IllegalArgumentException(
        "similarity '%s' is not one of cosine, dot, euclidean, manhattan"
            .formatted(name.orElseThrow()));
  }

  abstract double of(float[] a, float[] b);

  /**
   * Similarity of two embeddings.
   *
   * @throws IllegalArgumentException if they differ in length
   */
  public double similarity(float[] a, float[] b) {
    requireSameLength(a, b);
    return of(a, b);
  }

  /**
   * Similarity of each embedding of {@code a} with each of {@code b}.
   *
   * @return {@code a.length} rows of {@code b.length} values
   * @throws IllegalArgumentException if any two embeddings differ in length
   */
  public float[][] matrix(float[][] a, float[][] b) {
    return IntStream.range(0, a.length)
        .parallel()
        .mapToObj(
            i -> {
              float[] row = new float[b.length];
              for (int j = 0; j < b.length; j++) {
                row[j] = (float) similarity(a[i], b[j]);
              }
              return row;
            })
        .toArray(float[][]::new);
  }

  /**
   * Similarity of the embeddings of {@code a} and {@code b} that have the same index.
   *
   * @throws IllegalArgumentException if the lists or any two embeddings differ in length
   */
  public float[] pairwise(float[][] a, float[][] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "%d embeddings cannot be paired with %d".formatted(a.length, b.length));
    }
    float[] result = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      result[i] = (float) similarity(a[i], b[i]);
    }
    return result;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static void requireSameLength(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          "embeddings of length %d and %d cannot be compared".formatted(a.length, b.length));
    }
  }
}
