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
 * @param threshold least cosine similarity of near-duplicates
 * @param dimension of the model's vectors; others are not compared
 * @param router which partitions a text concerns
 * @param partitions of the window
 * @param maxRecords most texts in a partition of the window; the oldest leave early beyond it
 * @param maxPairs most pairs that are reported of one text with earlier ones of a partition, the
 *     most similar of them
 * @param duplicatesTopic where pairs go
 * @param uniqueTopic where first occurrences go, or null
 * @param serializers makes a serializer of pairs, one for each processor
 */
public record WindowSettings(
    Duration window,
    Duration grace,
    float threshold,
    int dimension,
    ContentRouter router,
    int partitions,
    int maxRecords,
    int maxPairs,
    String duplicatesTopic,
    String uniqueTopic,
    Supplier<Serializer<DuplicateRecord>> serializers) {
  /** In so many parts the window moves on. */
  private static final int SLICES = 8;

  private static final int EXPIRIES_PER_SLICE = 32;

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
