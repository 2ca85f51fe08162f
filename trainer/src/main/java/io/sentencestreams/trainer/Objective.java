package io.sentencestreams.trainer;

import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.Loss;
import java.util.List;

/**
 * A task: data and the loss that is to become small on it.
 *
 * @param name tells it from others of the run
 * @param loss is not closed by the trainer
 * @param batchSize examples in a batch
 */
public record Objective(
    String name, TrainingData data, Loss loss, Sampling sampling, int batchSize) {
  /**
   * Checks that the loss can be computed on the data.
   *
   * @throws IllegalArgumentException if it cannot; the message says why
   */
  public Objective {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, not " + batchSize);
    }
    try {
      loss.checkColumns(data.columns());
      loss.checkLabels(
          data.examples().stream().map(TrainingExample::label).toArray(float[][]::new));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(data.name() + ": " + e.getMessage(), e);
    }
  }

  /** Labels of a batch, or none if its examples have none. */
  float[][] labels(List<TrainingExample> batch) {
    if (batch.stream().allMatch(example -> example.label().length == 0)) {
      return new float[0][];
    }
    return batch.stream().map(TrainingExample::label).toArray(float[][]::new);
  }
}
