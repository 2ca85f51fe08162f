package io.sentencestreams.trainer;

import io.sentencestreams.trainer.optimization.LearningRateSchedule;
import java.util.List;

/**
 * How a run goes.
 *
 * @param epochs passes over the data, which with several objectives are as {@code mixing} says
 * @param mixing how steps are shared out among several objectives
 * @param learningRate the highest in the run
 * @param schedule how it changes
 * @param warmup share of the steps in which it rises, from 0 to 1
 * @param weightDecay of all parameters but biases and LayerNorms
 * @param maxGradientNorm to which longer gradients are cut; 0 for no limit
 * @param accumulation batches whose gradients make one step
 * @param dropout whether the model's own dropout is applied
 * @param seed of all that is random in the run
 * @param frozen parameters whose names start with one of these stay as they are
 * @param evaluationSteps steps between evaluations; 0 for one after each epoch
 * @param patience evaluations without a better score until the run stops; 0 for never
 * @param checkpointSteps steps between checkpoints; 0 for none
 */
public record TrainingSettings(
    int epochs,
    Mixing mixing,
    double learningRate,
    LearningRateSchedule schedule,
    double warmup,
    double weightDecay,
    double maxGradientNorm,
    int accumulation,
    boolean dropout,
    long seed,
    List<String> frozen,
    int evaluationSteps,
    int patience,
    int checkpointSteps) {
  /** Checks the ranges. */
  public TrainingSettings {
    frozen = List.copyOf(frozen);
    require(epochs >= 1, "epochs must be at least 1");
    require(
        learningRate > 0 && Double.isFinite(learningRate), "the learning rate must be positive");
    require(warmup >= 0 && warmup <= 1, "warmup must be a share of the steps, from 0 to 1");
    require(weightDecay >= 0, "the weight decay must not be negative");
    require(maxGradientNorm >= 0, "the greatest norm of gradients must not be negative");
    require(accumulation >= 1, "accumulation must be at least 1");
    require(
        evaluationSteps >= 0 && patience >= 0 && checkpointSteps >= 0,
        "counts of steps and patience must not be negative");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Settings to change; they begin as the reference's: one epoch, 2e-5, a tenth of warm-up, then
   * linear.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Sets what differs from the reference's. */
  public static final class Builder {
    private int epochs = 1;
    private Mixing mixing = Mixing.ROUND_ROBIN;
    private double learningRate = 2e-5;
    private LearningRateSchedule schedule = LearningRateSchedule.LINEAR;
    private double warmup = 0.1;
    private double weightDecay = 0.01;
    private double maxGradientNorm = 1;
    private int accumulation = 1;
    private boolean dropout = true;
    private long seed = 42;
    private List<String> frozen = List.of();
    private int evaluationSteps;
    private int patience;
    private int checkpointSteps;

    private Builder() {}

    /** Sets {@link TrainingSettings#epochs}. */
    public Builder epochs(int value) {
      this.epochs = value;
      return this;
    }

    /** Sets {@link TrainingSettings#mixing}. */
    public Builder mixing(Mixing value) {
      this.mixing = value;
      return this;
    }

    /** Sets {@link TrainingSettings#learningRate}. */
    public Builder learningRate(double value) {
      this.learningRate = value;
      return this;
    }

    /** Sets {@link TrainingSettings#schedule}. */
    public Builder schedule(LearningRateSchedule value) {
      this.schedule = value;
      return this;
    }

    /** Sets {@link TrainingSettings#warmup}. */
    public Builder warmup(double value) {
      this.warmup = value;
      return this;
    }

    /** Sets {@link TrainingSettings#weightDecay}. */
    public Builder weightDecay(double value) {
      this.weightDecay = value;
      return this;
    }

    /** Sets {@link TrainingSettings#maxGradientNorm}. */
    public Builder maxGradientNorm(double value) {
      this.maxGradientNorm = value;
      return this;
    }

    /** Sets {@link TrainingSettings#accumulation}. */
    public Builder accumulation(int value) {
      this.accumulation = value;
      return this;
    }

    /** Sets {@link TrainingSettings#dropout}. */
    public Builder dropout(boolean value) {
      this.dropout = value;
      return this;
    }

    /** Sets {@link TrainingSettings#seed}. */
    public Builder seed(long value) {
      this.seed = value;
      return this;
    }

    /** Sets {@link TrainingSettings#frozen}. */
    public Builder frozen(List<String> value) {
      this.frozen = value;
      return this;
    }

    /** Sets {@link TrainingSettings#evaluationSteps}. */
    public Builder evaluationSteps(int value) {
      this.evaluationSteps = value;
      return this;
    }

    /** Sets {@link TrainingSettings#patience}. */
    public Builder patience(int value) {
      this.patience = value;
      return this;
    }

    /** Sets {@link TrainingSettings#checkpointSteps}. */
    public Builder checkpointSteps(int value) {
      this.checkpointSteps = value;
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public TrainingSettings build() {
      return new TrainingSettings(
          epochs,
          mixing,
          learningRate,
          schedule,
          warmup,
          weightDecay,
          maxGradientNorm,
          accumulation,
          dropout,
          seed,
          frozen,
          evaluationSteps,
          patience,
          checkpointSteps);
    }
  }
}
