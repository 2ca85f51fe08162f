package io.sentencestreams.trainer.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How examples become the batches of an epoch: by chance, but always the same for one seed. */
public enum Sampling {
  /** In random order. */
  SHUFFLED {
    @Override
    List<int[]> cut(TrainingData data, int[] order, int batchSize) {
      List<int[]> batches = new ArrayList<>();
      for (int from = 0; from < order.length; from += batchSize) {
        batches.add(Arrays.copyOfRange(order, from, Math.min(from + batchSize, order.length)));
      }
      return batches;
    }
  },
  /**
   * In random order, but no text twice in a batch, where it would be its own negative. An example
   * that does not fit waits for the next batch; short batches at the end are kept if they have two
   * examples.
   */
  NO_DUPLICATES {
    private boolean haveTextInCommon(TrainingData data, int index, Deque<Integer> others) {
      return data.examples().get(index).texts().stream()
          .anyMatch(
              text ->
                  others.stream()
                      .allMatch(other -> data.examples().get(other).texts().contains(text)));
    }

    @Override
    List<int[]> cut(TrainingData data, int[] order, int batchSize) {
      List<int[]> batches = new ArrayList<>();
      Deque<Integer> waiting = new ArrayDeque<>();
      for (int index : order) {
        waiting.add(index);
      }
      while (!waiting.isEmpty()) {
        Set<String> seen = new HashSet<>();
        List<Integer> batch = new ArrayList<>();
        Deque<Integer> later = new ArrayDeque<>();
        while (batch.size() < batchSize && !waiting.isEmpty()) {
          int index = waiting.remove();
          List<String> texts = data.examples().get(index).texts();
          if (texts.stream().noneMatch(seen::contains)) {
            seen.addAll(texts);
            batch.add(index);
          } else {
            later.push(index);
          }
        }
        if (batch.size() > 1) {
          batches.add(batch.stream().mapToInt(Integer::intValue).toArray());
        } else if (haveTextInCommon(data, batch.get(0), later)) {
          break; // no two of those that are left go into one batch
        }
        later.forEach(waiting::addFirst);
      }
      return batches;
    }
  },
  /**
   * Two examples of a label after each other, for losses that find positives within a batch; labels
   * of one example are left out.
   */
  GROUPED_BY_LABEL {
    @Override
    List<int[]> cut(TrainingData data, int[] order, int batchSize) {
      Map<Float, List<Integer>> byLabel = new LinkedHashMap<>();
      for (int index : order) {
        float label = data.examples().get(index).label()[0];
        byLabel.computeIfAbsent(label, any -> new ArrayList<>()).add(index);
      }
      List<Integer> pairs = new ArrayList<>();
      boolean more = true;
      for (int at = 0; more; at += 2) {
        more = false;
        for (List<Integer> members : byLabel.values()) {
          if (at + 1 < members.size()) {
            pairs.addAll(members.subList(at, at + 2));
            more = true;
          }
        }
      }
      int[] paired = pairs.stream().mapToInt(Integer::intValue).toArray();
      return SHUFFLED.cut(data, paired, Math.max(4, batchSize / 2 * 2)).stream()
          .filter(batch -> labels(data, batch) > 1)
          .toList();
    }

    private long labels(TrainingData data, int[] batch) {
      return Arrays.stream(batch)
          .mapToObj(index -> data.examples().get(index).label()[0])
          .distinct()
          .count();
    }
  };

  private static final Logger LOG = LoggerFactory.getLogger(Sampling.class);

  abstract List<int[]> cut(TrainingData data, int[] order, int batchSize);

  /**
   * The batches of an epoch, each the indices of its examples.
   *
   * @throws IllegalArgumentException if not one batch can be made of the data
   */
  public List<int[]> batches(TrainingData data, int batchSize, long seed, int epoch) {
    int[] order = new int[data.examples().size()];
    Arrays.setAll(order, i -> i);
    SplittableRandom random = new SplittableRandom(seed * 31 + epoch);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    List<int[]> batches = cut(data, order, batchSize);
    int leftOut = order.length - batches.stream().mapToInt(batch -> batch.length).sum();
    if (epoch == 0 && leftOut > 1) {
      LOG.warn(
          "{}: {} of {} examples fit into no batch with sampling {}, and are left out of each epoch",
          data.name(),
          leftOut,
          order.length,
          this);
    }
    if (batches.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: no batch can be made of its %d examples with sampling %s"
              .formatted(data.name(), order.length, this));
    }
    return batches;
  }
}
