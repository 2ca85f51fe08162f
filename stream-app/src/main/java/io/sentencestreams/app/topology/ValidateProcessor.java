package io.sentencestreams.app.topology;

import io.sentencestreams.schemas.InvalidRecordException;
import java.time.Duration;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Reads the text out of each record; what has none becomes a dead letter at once, and under
 * exactly-once asks for a commit, since a record that goes no further has nobody else who does.
 */
final class ValidateProcessor implements Processor<byte[], byte[], byte[], Object> {
  private static final Duration COMMIT_WISH_INTERVAL = Duration.ofMillis(1);

  private final EmbeddingTopology.Settings settings;
  private final CommitWish commitWish;
  private final TopologyMetrics metrics;
  private TextReader reader;
  private ProcessorContext<byte[], Object> context;
  private Cancellable punctuator;

  ValidateProcessor(
      EmbeddingTopology.Settings settings, EarlyCommit earlyCommit, TopologyMetrics metrics) {
    this.settings = settings;
    this.commitWish = new CommitWish(earlyCommit);
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<byte[], Object> newContext) {
    context = newContext;
    reader = settings.readers().get();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata metadata = context.recordMetadata().orElseThrow();
    Coordinates source = new Coordinates(metadata.topic(), metadata.partition(), metadata.offset());
    try {
      checkSize(record);
      TextRecord text = reader.read(source, record.headers(), record.key(), record.value());
      context.forward(record.withValue(text), EmbeddingTopology.EMBED);
    } catch (InvalidRecordException e) {
      metrics.deadLetter(e);
      context.forward(
          DeadLetters.of(
              record.key(),
              record.value(),
              record.headers(),
              record.timestamp(),
              source,
              e,
              settings.limits().deadLetterBytes()),
          EmbeddingTopology.DEAD_LETTERS);
      if (settings.exactlyOnce()) {
        wishForCommit();
      }
    }
  }

  private void wishForCommit() {
    commitWish.forwarded();
    if (punctuator == null) {
      punctuator =
          context.schedule(
              COMMIT_WISH_INTERVAL,
              PunctuationType.WALL_CLOCK_TIME,
              now -> {
                commitWish.pursue(context);
                if (!commitWish.isOpen()) {
                  stopPunctuator(); // each punctuation makes its task commit
                }
              });
    }
  }

  private void stopPunctuator() {
    if (punctuator != null) {
      punctuator.cancel();
      punctuator = null;
    }
  }

  @Override
  public void close() {
    stopPunctuator();
    commitWish.drop();
    reader.close();
  }

  private void checkSize(Record<byte[], byte[]> record) {
    long size = RecordSizes.of(record.key(), record.value(), record.headers());
    if (size > settings.limits().inFlightBytes()) {
      throw new InvalidRecordException(
          "the record takes "
              + size
              + " bytes and the changelog of the records in flight takes "
              + settings.limits().inFlightBytes()
              + " at most; raise max.request.size, buffer.memory with it, and max.message.bytes"
              + " and segment.bytes of the changelog topic");
    }
  }
}
