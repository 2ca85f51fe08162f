package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import io.sentencestreams.schemas.labels.Label;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The labels that the service knows: those of earlier runs, and the new ones that no run has used.
 * Of labels that say different things of the same texts the later counts, by the records' times.
 * For one thread.
 */
final class LabelMemory {
  /** A label and the time of its record, in milliseconds since the epoch. */
  record Known(String task, Label label, long timestamp) {}

  /** What came of a task's records since the last run. */
  static final class Counts {
    private long repeated;
    private long contradicted;
    private final Map<String, Long> invalid = new TreeMap<>();

    long repeated() {
      return repeated;
    }

    long contradicted() {
      return contradicted;
    }

    Map<String, Long> invalid() {
      return invalid;
    }
  }

  private final Map<String, Known> used = new LinkedHashMap<>();
  private final Map<String, Known> fresh = new LinkedHashMap<>();
  private final Map<String, Counts> counts = new HashMap<>();

  /** Takes a label that an earlier run has used. */
  void restore(String key, Known known) {
    used.put(key, known);
  }

  /** Takes what the last record of the key has deleted. */
  void restoreDeleted(String key) {
    used.remove(key);
  }

  /** What a label is to those that are known. */
  enum Kind {
    NEW,
    REPEATED,
    CONTRADICTED
  }

  /** Takes a label from its topic. */
  Kind add(String task, Label label, long timestamp) {
    String key = LabelIdentity.key(task, label);
    Known before = fresh.getOrDefault(key, used.get(key));
    if (before == null) {
      fresh.put(key, new Known(task, label, timestamp));
      return Kind.NEW;
    } else if (LabelIdentity.statement(before.label()).equals(LabelIdentity.statement(label))) {
      counts(task).repeated++;
      return Kind.REPEATED;
    } else {
      counts(task).contradicted++;
      if (timestamp >= before.timestamp()) {
        fresh.put(key, new Known(task, label, timestamp));
      }
      return Kind.CONTRADICTED;
    }
  }

  /** Counts a record that is no label. */
  void addInvalid(String task, Reason reason) {
    counts(task).invalid.merge(reason.name(), 1L, Long::sum);
  }

  /** What came of a task's records since the last run. */
  Counts counts(String task) {
    return counts.computeIfAbsent(task, any -> new Counts());
  }

  /** Labels that no run has used, by their keys. */
  Map<String, Known> fresh() {
    return fresh;
  }

  /** Labels of earlier runs that no new one contradicts, by their keys. */
  Map<String, Known> replayable() {
    Map<String, Known> replayable = new LinkedHashMap<>(used);
    replayable.keySet().removeAll(fresh.keySet());
    return replayable;
  }

  /** Keys of the oldest labels, so many as are too many once the new ones are used. */
  List<String> surplus(int most) {
    Map<String, Known> all = new LinkedHashMap<>(used);
    all.putAll(fresh);
    List<String> keys = new ArrayList<>(all.keySet());
    keys.sort(
        Comparator.comparingLong((String key) -> all.get(key).timestamp())
            .thenComparing(Comparator.naturalOrder()));
    return List.copyOf(keys.subList(0, Math.max(0, keys.size() - most)));
  }

  /** The new labels were used by a run, and some were given up. */
  void commit(List<String> surplus) {
    used.putAll(fresh);
    used.keySet().removeAll(surplus);
    fresh.clear();
    counts.clear();
  }
}
