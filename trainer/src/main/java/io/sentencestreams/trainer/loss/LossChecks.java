package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;

/** What several losses ask of their input. */
final class LossChecks {
  /** Whole numbers below are all floats. */
  private static final int EXACT = 1 << 24;

  private LossChecks() {}

  static void columns(String loss, int columns, int least, int most) {
    if (columns < least || columns > most) {
      String wanted = least == most ? "exactly " + least : "at least " + least;
      throw new IllegalArgumentException(
          "%s needs %s columns of texts, but the data has %d".formatted(loss, wanted, columns));
    }
  }

  /** What a cross-encoder makes of pairs has so many numbers for each. */
  static void scores(String loss, NDArray scores, int wanted) {
    long found = scores.getShape().get(1);
    if (found != wanted) {
      throw new IllegalArgumentException(
          "%s needs a cross-encoder of %d labels, but this one has %d"
              .formatted(loss, wanted, found));
    }
  }

  /** One finite number for each example. */
  static void numbers(String loss, float[][] labels) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i].length != 1 || !Float.isFinite(labels[i][0])) {
        throw new IllegalArgumentException(
            "%s needs a finite number as label of each example; example %d has none"
                .formatted(loss, i));
      }
    }
  }

  /** A number from {@code least} to {@code most}. */
  static void range(String loss, float[][] labels, float least, float most) {
    numbers(loss, labels);
    for (int i = 0; i < labels.length; i++) {
      if (labels[i][0] < least || labels[i][0] > most) {
        throw new IllegalArgumentException(
            "%s needs labels from %s to %s; example %d has %s"
                .formatted(loss, least, most, i, labels[i][0]));
      }
    }
  }

  /** A whole number from 0 to below {@code limit}, and below 2^24: greater ones are not exact. */
  static void classes(String loss, float[][] labels, int limit) {
    numbers(loss, labels);
    int classes = Math.min(limit, EXACT);
    for (int i = 0; i < labels.length; i++) {
      float label = labels[i][0];
      if (label != Math.rint(label) || label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "%s needs labels from 0 to %d; example %d has %s"
                .formatted(loss, classes - 1, i, label));
      }
    }
  }
}
