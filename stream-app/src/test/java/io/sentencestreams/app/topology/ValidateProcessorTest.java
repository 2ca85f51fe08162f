package io.sentencestreams.app.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A dead letter on a stream that has nothing else to do must not wait for the commit interval. */
class ValidateProcessorTest {
  private static final byte[] NOT_UTF8 = {(byte) 0xFF};

  private final AtomicLong clock = new AtomicLong();
  private final EarlyCommit earlyCommit = new EarlyCommit(Duration.ofMillis(100), clock::get);
  private final Metrics metrics = new Metrics();
  private final MockProcessorContext<byte[], Object> context = new MockProcessorContext<>();

  @AfterEach
  void closeMetrics() {
    metrics.close();
  }

  @Test
  void shouldAskForACommitAfterADeadLetterAndThenBeQuiet() {
    ValidateProcessor processor = processor(true);
    process(processor, NOT_UTF8);
    assertThat(context.forwarded(EmbeddingTopology.DEAD_LETTERS)).hasSize(1);
    punctuate();
    assertThat(context.committed()).isTrue();
    assertThat(isQuiet()).isTrue();
    processor.close();
  }

  @Test
  void shouldAskAgainForTheNextDeadLetterWhenItsThreadMay() {
    ValidateProcessor processor = processor(true);
    process(processor, NOT_UTF8);
    punctuate();
    context.resetCommit();
    process(processor, NOT_UTF8);
    punctuate();
    assertThat(context.committed()).isFalse();
    clock.addAndGet(Duration.ofMillis(25).toNanos());
    punctuate();
    assertThat(context.committed()).isTrue();
    assertThat(isQuiet()).isTrue();
    processor.close();
  }

  @Test
  void shouldLeaveTheCommitToTheIntervalWhileItsThreadHasRecordsInFlight() {
    ValidateProcessor processor = processor(true);
    earlyCommit.arrived();
    process(processor, NOT_UTF8);
    punctuate();
    assertThat(context.committed()).isFalse();
    assertThat(isQuiet()).isFalse();
    clock.addAndGet(Duration.ofMillis(101).toNanos());
    punctuate();
    assertThat(context.committed()).isFalse();
    assertThat(isQuiet()).isTrue();
    processor.close();
  }

  @Test
  void shouldAskForNoCommitUnderAtLeastOnceWhereWhatIsForwardedIsSeenAtOnce() {
    ValidateProcessor processor = processor(false);
    process(processor, NOT_UTF8);
    assertThat(context.scheduledPunctuators()).isEmpty();
    processor.close();
  }

  @Test
  void shouldAskForNoCommitForATextThatIsYetToBeEncoded() {
    ValidateProcessor processor = processor(true);
    process(processor, "a text".getBytes(StandardCharsets.UTF_8));
    assertThat(context.forwarded(EmbeddingTopology.EMBED)).hasSize(1);
    assertThat(context.scheduledPunctuators()).isEmpty();
    processor.close();
  }

  @Test
  void shouldBeQuietOnceItIsClosed() {
    ValidateProcessor processor = processor(true);
    process(processor, NOT_UTF8);
    processor.close();
    assertThat(isQuiet()).isTrue();
  }

  private ValidateProcessor processor(boolean exactlyOnce) {
    ValidateProcessor processor =
        new ValidateProcessor(
            TestSettings.of(exactlyOnce, RecordLimits.of(1 << 20)),
            earlyCommit,
            new TopologyMetrics(metrics));
    processor.init(context);
    return processor;
  }

  private void process(ValidateProcessor processor, byte[] value) {
    context.setRecordMetadata("texts", 0, 0);
    processor.process(new Record<>(new byte[0], value, 0));
  }

  private void punctuate() {
    context.scheduledPunctuators().stream()
        .filter(punctuator -> !punctuator.cancelled())
        .toList()
        .forEach(punctuator -> punctuator.getPunctuator().punctuate(0));
  }

  private boolean isQuiet() {
    return context.scheduledPunctuators().stream()
        .allMatch(MockProcessorContext.CapturedPunctuator::cancelled);
  }
}
