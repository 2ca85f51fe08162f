package io.sentencestreams.app.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seconds that contenders took, which take turns in every round, so that a disturbance hits all of
 * them and ratios within a round are fair.
 *
 * @param seconds for each contender, in the order given, those of each round
 */
record Turns(Map<String, double[]> seconds) {
  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
  private static final double TURN_SECONDS = 0.5;
  private static final int MOST_LOOKS = 40;
  private static final long LOOK_NANOS = 50_000_000;

  /**
   * Lets each contender work in each round, as often as it takes to fill a turn; one more turn of
   * each goes before them.
   */
  static Turns take(Map<String, Runnable> contenders, int rounds) {
    Map<String, Integer> repeats = new LinkedHashMap<>();
    contenders.forEach((name, work) -> repeats.put(name, repeats(work)));
    Map<String, double[]> seconds = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> seconds.put(name, new double[rounds]));
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Runnable> contender : contenders.entrySet()) {
        int times = repeats.get(contender.getKey());
        awaitCalm();
        seconds.get(contender.getKey())[round] = seconds(contender.getValue(), times) / times;
      }
    }
    return new Turns(seconds);
  }

  /** How often work fills a turn, by its last time in a turn that prepares. */
  private static int repeats(Runnable work) {
    long start = System.nanoTime();
    double last;
    do {
      last = seconds(work, 1);
    } while (System.nanoTime() - start < TURN_SECONDS * 1e9);
    return Math.max(1, (int) Math.ceil(TURN_SECONDS / last));
  }

  private static double seconds(Runnable work, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      work.run();
    }
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * Waits until no thread of this process computes: those of ONNX Runtime look for work for a while
   * after they have none, and would take the next contender's time.
   */
  private static void awaitCalm() {
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    for (int look = 0; look < MOST_LOOKS; look++) {
      long start = System.nanoTime();
      long busy = process.getProcessCpuTime();
      LockSupport.parkNanos(LOOK_NANOS);
      if (process.getProcessCpuTime() - busy < (System.nanoTime() - start) / 10) {
        return;
      }
    }
    LOG.warn(
        "other threads of this process go on computing; the next turn is measured beside them");
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
