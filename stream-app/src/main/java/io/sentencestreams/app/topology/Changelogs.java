package io.sentencestreams.app.topology;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/** How changelogs of stores are kept. */
public final class Changelogs {
  /** Of a window: nearly each entry has a key of its own, and is deleted some time. */
  public static final Map<String, String> OF_A_WINDOW =
      Map.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_COMPACT,
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
          "0.3",
          TopicConfig.DELETE_RETENTION_MS_CONFIG,
          // A store on disk that has been away for longer would keep what was deleted meanwhile.
          Long.toString(Duration.ofDays(1).toMillis()));

  private Changelogs() {}
}
