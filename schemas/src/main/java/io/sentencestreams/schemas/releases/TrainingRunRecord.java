package io.sentencestreams.schemas.releases;

import java.util.List;
import java.util.Map;

/**
 * A record of the topic of training runs: one for each run, whether its model was released or not.
 *
 * @param runId names the run
 * @param trigger what set it off
 * @param outcome what came of it
 * @param reasons why it was not released; empty if it was
 * @param startedMillis milliseconds since the epoch
 * @param endedMillis milliseconds since the epoch
 * @param base version that training began from
 * @param candidate version that it made, or null
 * @param tasks what each topic of labels gave
 * @param scores of the base and the candidate, by name
 * @param settings of the training
 * @param offsets for each partition of labels, as {@code topic-partition}, the first offset that
 *     was not read
 */
public record TrainingRunRecord(
    String runId,
    Trigger trigger,
    Outcome outcome,
    List<String> reasons,
    long startedMillis,
    long endedMillis,
    String base,
    String candidate,
    List<Task> tasks,
    Map<String, ScoreChange> scores,
    Map<String, String> settings,
    Map<String, Long> offsets) {
  /** Copies what is given. */
  public TrainingRunRecord {
    reasons = List.copyOf(reasons);
    tasks = List.copyOf(tasks);
    scores = Map.copyOf(scores);
    settings = Map.copyOf(settings);
    offsets = Map.copyOf(offsets);
  }

  /** What sets a run off. */
  public enum Trigger {
    /** So many new labels. */
    LABELS,
    /** So much time, and at least one new label. */
    TIME,
    /** Texts say other things than before, and there is at least one new label. */
    DRIFT,
    /** A command. */
    COMMAND
  }

  /** What comes of a run. */
  public enum Outcome {
    /** Its model is the newest release. */
    RELEASED,
    /** Its model was not better, or there was too little to train on or to judge by. */
    REJECTED,
    /** Training broke off. */
    FAILED
  }

  /**
   * What a topic of labels gave to a run.
   *
   * @param name of the task
   * @param newLabels read since the last run and kept
   * @param repeated read since the last run, but known already
   * @param contradicted that said something else of texts with a label; the later one counts
   * @param invalid records that are no labels, by reason
   * @param replayed labels of earlier runs that were trained on
   * @param trained labels that were trained on, new and replayed
   * @param heldOut labels that judge and are never trained on
   * @param trainedSha256 digest of what was trained on; null for nothing
   * @param heldOutSha256 digest of what was held out; null for nothing
   */
  public record Task(
      String name,
      int newLabels,
      long repeated,
      long contradicted,
      Map<String, Long> invalid,
      int replayed,
      int trained,
      int heldOut,
      String trainedSha256,
      String heldOutSha256) {
    /** Copies the counts. */
    public Task {
      invalid = Map.copyOf(invalid);
    }
  }
}
