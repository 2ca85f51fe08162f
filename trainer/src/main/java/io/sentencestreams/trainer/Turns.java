package io.sentencestreams.trainer;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Whose turn it is: the objectives of each step. It follows from the step and the seed. */
final class Turns {
  private final Mixing mixing;
  private final long[] steps;
  private final long seed;

  /** The order of one epoch, for proportional mixing. */
  private int[] order = {};

  private long epochOfOrder = -1;

  /**
   * Turns of objectives.
   *
   * @param steps that each objective's data set has
   */
  Turns(Mixing mixing, long[] steps, long seed) {
    this.mixing = mixing;
    this.steps = steps.clone();
    this.seed = seed;
  }

  long stepsPerEpoch() {
    LongStream counts = Arrays.stream(steps);
    return mixing == Mixing.ROUND_ROBIN ? counts.min().orElseThrow() : counts.sum();
  }

  /** The objectives of a step, counted from 0. */
  int[] of(long step) {
    if (mixing == Mixing.ROUND_ROBIN) {
      return IntStream.range(0, steps.length).toArray();
    }
    long epoch = step / stepsPerEpoch();
    if (epoch != epochOfOrder) {
      order = shuffled(epoch);
      epochOfOrder = epoch;
    }
    return new int[] {order[(int) (step % stepsPerEpoch())]};
  }

  private int[] shuffled(long epoch) {
    int[] all =
        IntStream.range(0, steps.length)
            .flatMap(i -> IntStream.range(0, Math.toIntExact(steps[i])).map(any -> i))
            .toArray();
    SplittableRandom random = new SplittableRandom(Seeds.mix(seed, epoch));
    for (int i = all.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = all[i];
      all[i] = all[j];
      all[j] = swapped;
    }
    return all;
  }
}
