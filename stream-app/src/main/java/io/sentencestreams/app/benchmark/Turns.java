package io.sentencestreams.app.benchmark;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Seconds that contenders took, which take turns in every round, so that a disturbance hits all of
 * them and ratios within a round are fair.
 *
 * @param seconds for each contender, in the order given, those of each round
 */
record Turns(Map<String, double[]> seconds) {
  /** Lets each contender work in each round; one more round goes before them. */
  static Turns take(Map<String, Runnable> contenders, int rounds, int repeats) {
    Map<String, double[]> seconds = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> seconds.put(name, new double[rounds]));
    for (int round = -1; round < rounds; round++) { // the round before the first prepares
      for (Map.Entry<String, Runnable> contender : contenders.entrySet()) {
        long start = System.nanoTime();
        for (int repeat = 0; repeat < repeats; repeat++) {
          contender.getValue().run();
        }
        if (round >= 0) {
          seconds.get(contender.getKey())[round] = (System.nanoTime() - start) / 1e9 / repeats;
        }
      }
    }
    return new Turns(seconds);
  }

  /** Median of a contender's seconds. */
  double median(String contender) {
    return Medians.median(seconds.get(contender));
  }

  /** How many times as long as the second the first took: the median over the rounds. */
  double ratio(String first, String second) {
    double[] a = seconds.get(first);
    double[] b = seconds.get(second);
    double[] ratios = new double[a.length];
    Arrays.setAll(ratios, i -> a[i] / b[i]);
    return Medians.median(ratios);
  }
}
