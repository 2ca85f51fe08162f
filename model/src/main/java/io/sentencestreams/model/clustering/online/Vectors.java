package io.sentencestreams.model.clustering.online;

/** Arithmetic on single vectors. */
final class Vectors {
  private Vectors() {}

  /** Scales a record's vector to length one. */
  static void unit(float[] vector, int dimension, float[] unit) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "the vector has %d dimensions, not %d".formatted(vector.length, dimension));
    }
    double squares = squares(vector);
    if (!Double.isFinite(squares) || squares == 0) {
      throw new IllegalArgumentException(
          "the vector is zero or has a value that is not finite: it has no direction");
    }
    scale(vector, 1 / Math.sqrt(squares), unit);
  }

  /** The direction of a mean; zero stays zero. */
  static void direction(float[] mean, float[] direction) {
    double squares = squares(mean);
    scale(mean, squares == 0 ? 0 : 1 / Math.sqrt(squares), direction);
  }

  static double squares(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return squares;
  }

  private static void scale(float[] vector, double factor, float[] scaled) {
    for (int d = 0; d < vector.length; d++) {
      scaled[d] = (float) (vector[d] * factor);
    }
  }
}
