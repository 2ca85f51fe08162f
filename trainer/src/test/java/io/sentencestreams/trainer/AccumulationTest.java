package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.loss.Loss;
import io.sentencestreams.trainer.optimization.LearningRateSchedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps of several batches, where an epoch has not a whole number of them. */
class AccumulationTest {
  private static final double RATE = 0.01;

  @TempDir private Path folder;

  /** A loss that is its own parameter, so that the gradient of every batch is 1. */
  private static final class Own implements Loss {
    private final NDArray parameter;
    private int batches;

    Own(NDManager memory) {
      parameter = memory.ones(new Shape(1));
      parameter.setRequiresGradient(true);
    }

    @Override
    public String name() {
      return "own";
    }

    @Override
    public void checkColumns(int columns) {}

    @Override
    public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
      batches++;
      return columns.get(0).sum().mul(0).add(parameter.sum());
    }

    @Override
    public Map<String, NDArray> parameters() {
      return Map.of("own", parameter);
    }
  }

  @Test
  void shouldEndAnEpochWithTheBatchesThatAreLeftEachWeighedAsInAFullStep() {
    List<Integer> after = new ArrayList<>();
    try (TrainableEncoder encoder = TinyModels.load();
        NDManager memory = encoder.newManager()) {
      Own loss = new Own(memory);
      TrainingListener counting =
          new TrainingListener() {
            @Override
            public void stepped(long step, long total, double value) {
              after.add(loss.batches);
            }
          };
      TrainingSettings settings =
          TrainingSettings.builder()
              .epochs(2)
              .accumulation(3)
              .learningRate(RATE)
              .schedule(LearningRateSchedule.CONSTANT)
              .warmup(0)
              .weightDecay(0)
              .maxGradientNorm(0)
              .build();
      // Ten examples in batches of three are four, so an epoch is a step of three and one of one.
      Objective objective = new Objective("own", TinyModels.SCORED, loss, Sampling.SHUFFLED, 3);
      new Trainer(encoder, List.of(objective), Optional.empty(), settings, folder).run(counting);
      assertThat(after).containsExactly(3, 4, 7, 8);
      // Equal gradients let Adam go the full rate in each step; a lone batch that counted a third
      // would not.
      assertThat(loss.parameter.getFloat()).isCloseTo((float) (1 - 4 * RATE), within(1e-5f));
    }
  }
}
