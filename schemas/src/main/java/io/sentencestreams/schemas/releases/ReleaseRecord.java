package io.sentencestreams.schemas.releases;

import java.util.Map;
import java.util.Objects;

/**
 * A record of the topic of releases, which is compacted and has one partition: a model is released,
 * an earlier one is gone back to, or one is kept whatever is released. {@link ReleaseLog} says
 * which model they make the current one.
 *
 * @param action what happens
 * @param version digest of the checkpoint, 64 hexadecimal digits; null for {@link Action#UNPIN}
 * @param parent version that training began from, or null; of a release only
 * @param scores by name, such as {@code guard}; of a release only
 * @param runId the training run, or null; of a release only
 * @param timeMillis milliseconds since the epoch
 * @param reason for people, or null
 */
public record ReleaseRecord(
    Action action,
    String version,
    String parent,
    Map<String, ScoreChange> scores,
    String runId,
    long timeMillis,
    String reason) {
  /** What a record does. */
  public enum Action {
    /** A new model becomes the current one. */
    RELEASE,
    /** A model that was released before becomes the current one, until the next release. */
    ROLLBACK,
    /** A model is the current one until it is unpinned. */
    PIN,
    /** The newest model is the current one again. */
    UNPIN
  }

  private static final String VERSION = "[0-9a-f]{64}";

  /** Checks that there is a version where one is needed, and that it is one. */
  public ReleaseRecord {
    Objects.requireNonNull(action, "action");
    if (action != Action.UNPIN && (version == null || !version.matches(VERSION))) {
      throw new IllegalArgumentException(
          "the version must be 64 hexadecimal digits, not " + version);
    }
    scores = scores == null ? Map.of() : Map.copyOf(scores);
  }

  /** A model that a run made. */
  public static ReleaseRecord release(
      String version,
      String parent,
      Map<String, ScoreChange> scores,
      String runId,
      long timeMillis) {
    return new ReleaseRecord(Action.RELEASE, version, parent, scores, runId, timeMillis, null);
  }

  /** A person's decision; the version is null for {@link Action#UNPIN}. */
  public static ReleaseRecord decision(
      Action action, String version, long timeMillis, String reason) {
    return new ReleaseRecord(action, version, null, Map.of(), null, timeMillis, reason);
  }

  /** The key under which compaction keeps the newest record. */
  public String key() {
    return switch (action) {
      case RELEASE -> version;
      case ROLLBACK -> "rollback";
      case PIN, UNPIN -> "pin";
    };
  }
}
