package io.sentencestreams.app.window;

import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.schemas.DuplicateRecord;
import java.time.Duration;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serializer;

/**
 * What the window needs to know.
 *
 * @param window two texts are compared if their event times are at most so far apart
 * @param grace a text is compared if it is at most so far behind the latest
 * @param idle how long a partition of the input whose event time does not move holds up the window
 * @param exactlyOnce whether no record is processed again of which something has been kept
 * @param threshold least cosine similarity of near-duplicates
 * @param dimension of the model's vectors; others are not compared
 * @param router which partitions a text concerns
 * @param partitions of the window
 * @param maxRecords most texts in a partition of the window; the oldest leave early beyond it
 * @param maxPairs most pairs that are reported of one text with earlier ones of a partition, the
 *     most similar of them
 * @param maxPairsPerSecond most pairs that all partitions report in a second, beyond one of a text
 * @param maxBytes of a record on the window's topics
 * @param duplicatesTopic where pairs go
 * @param uniqueTopic where first occurrences go, or null
 * @param serializers makes a serializer of pairs, one for each processor
 */
public record WindowSettings(
    Duration window,
    Duration grace,
    Duration idle,
    boolean exactlyOnce,
    float threshold,
    int dimension,
    ContentRouter router,
    int partitions,
    int maxRecords,
    int maxPairs,
    int maxPairsPerSecond,
    long maxBytes,
    String duplicatesTopic,
    String uniqueTopic,
    Supplier<Serializer<DuplicateRecord>> serializers) {
  /** In so many parts the window moves on. */
  private static final int SLICES = 8;

  private static final int EXPIRIES_PER_SLICE = 32;

  /** What a partition may report. */
  long pairsPerSecond() {
    return Math.max(1, maxPairsPerSecond / partitions);
  }

  /** Whether first occurrences are wanted. */
  boolean wantsFirsts() {
    return uniqueTopic != null;
  }

  /** Span of time that a part of the index has, in milliseconds. */
  long sliceMillis() {
    return Math.max(1, window.plus(grace).toMillis() / SLICES);
  }

  /** How far the window moves on before what left it is removed. */
  long expiryMillis() {
    return Math.max(1, sliceMillis() / EXPIRIES_PER_SLICE);
  }
}
