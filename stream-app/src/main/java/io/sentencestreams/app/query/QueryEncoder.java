package io.sentencestreams.app.query;

import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.batch.Outcome;
import java.time.Duration;
import java.util.Optional;

/** Encodes the texts of queries with the encoder of the stream. */
public interface QueryEncoder {
  /** Version of the model that encodes at present. */
  String modelVersion();

  /** Version of the model before, while it encodes each text too. */
  Optional<String> olderVersion();

  /**
   * Encodes a text, by the model before too while that is wanted.
   *
   * @throws QueryException.Invalid if it cannot be encoded
   * @throws QueryException.Unavailable if the encoder does not work, or has no time
   */
  Outcome.Encoded encode(String text, Duration maxWait);

  /** Encodes through the batches of the stream, ahead of its texts. */
  static QueryEncoder of(MicroBatcher batcher) {
    return new QueryEncoder() {
      @Override
      public String modelVersion() {
        return batcher.modelVersion();
      }

      @Override
      public Optional<String> olderVersion() {
        return batcher.olderVersion();
      }

      @Override
      public Outcome.Encoded encode(String text, Duration maxWait) {
        Optional<MicroBatcher.Fault> fault = batcher.fault();
        if (fault.isPresent()) {
          throw new QueryException.Unavailable(
              "encoder_at_fault", "the encoder does not work at present: " + fault.get().message());
        }
        Outcome outcome =
            batcher
                .encodeSoon(text, maxWait)
                .orElseThrow(
                    () ->
                        new QueryException.Unavailable(
                            "encoder_busy",
                            "the text was not encoded within %d ms (query.timeout.ms): ask again"
                                .formatted(maxWait.toMillis())));
        if (outcome instanceof Outcome.Encoded encoded) {
          return encoded;
        }
        throw new QueryException.Invalid(
            "text_cannot_be_encoded",
            "the text cannot be encoded: " + ((Outcome.Rejected) outcome).reason().getMessage());
      }
    };
  }
}
