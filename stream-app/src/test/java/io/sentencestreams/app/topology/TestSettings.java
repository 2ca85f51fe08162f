package io.sentencestreams.app.topology;

import io.sentencestreams.schemas.EmbeddingSerdes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.AutoOffsetReset;

/** Plain text in, JSON out. */
final class TestSettings {
  private TestSettings() {}

  static EmbeddingTopology.Settings of(boolean exactlyOnce, RecordLimits limits) {
    return of(exactlyOnce, limits, 64 << 20, Duration.ofSeconds(2));
  }

  static EmbeddingTopology.Settings of(
      boolean exactlyOnce, RecordLimits limits, long maxBytes, Duration maxWait) {
    return new EmbeddingTopology.Settings(
        List.of("texts"),
        AutoOffsetReset.earliest(),
        "embeddings",
        "dead-letters",
        false,
        exactlyOnce,
        Duration.ofMillis(100),
        maxBytes,
        maxWait,
        limits,
        1 << 20,
        EmbeddingTopology.readers(Map.of()),
        () -> EmbeddingSerdes.serializer(Map.of()),
        null,
        null);
  }
}
