package io.sentencestreams.app;

import static io.sentencestreams.app.TestStream.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.topology.DeadLetters;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records larger than what some topic or client takes: where they fit they are embedded, where they
 * do not they become dead letters, and no producer refuses one and takes its stream thread down.
 */
class BadSizesTest {
  private static final int MEGABYTE = 1 << 20;
  private static final int HUGE = 50 * MEGABYTE;

  /** A slow machine may take longer for such a record than the ten seconds of a transaction. */
  private static final int PATIENT = 120_000;

  @TempDir private Path folder;

  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldSendATextOfFiftyMegabytesToTheDeadLettersWhereNoTopicTakesIt() {
    try (TestStream stream = TestStream.on(broker, "huge-refused", folder).start()) {
      assertOmitted(stream.deadLetterOf(letters(HUGE)), HUGE, "max.request.size");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {StreamsConfig.EXACTLY_ONCE_V2, StreamsConfig.AT_LEAST_ONCE})
  void shouldEmbedATextOfFiftyMegabytesWhereAllTopicsTakeIt(String guarantee) {
    try (TestStream stream =
        TestStream.on(broker, "huge-" + guarantee, folder)
            .with("processing.guarantee", guarantee)
            .with("max.request.size", TestStream.ROOM)
            .with("buffer.memory", 2 * TestStream.ROOM)
            .with("producer.transaction.timeout.ms", PATIENT)
            .with(AppConfig.OUTPUT_INCLUDE_TEXT, false)
            .start()) {
      byte[] huge = letters(HUGE);
      assertEmbeddingOf(stream, huge);
      assertEmbeddingOf(stream, huge);
    }
  }

  private static void assertEmbeddingOf(TestStream stream, byte[] huge) {
    stream.sendGood();
    long offset = stream.send(huge);
    stream.sendGood();
    assertThat(stream.nextEmbedding().offset()).isEqualTo(offset - 1);
    EmbeddingRecord embedding = stream.nextEmbedding();
    assertThat(embedding.offset()).isEqualTo(offset);
    assertThat(embedding.truncated()).isTrue();
    assertThat(embedding.tokens()).isEqualTo(1000);
    assertThat(stream.nextEmbedding().offset()).isEqualTo(offset + 1);
    stream.assertHealthy();
  }

  @Test
  void shouldSendATextToTheDeadLettersThatTheProducerHasNoRoomFor() {
    try (TestStream stream =
        TestStream.on(broker, "no-room", folder)
            .with("max.request.size", TestStream.ROOM)
            .with("buffer.memory", 4 * MEGABYTE)
            .letterBytes(TestStream.ROOM)
            .start()) {
      assertOmitted(stream.deadLetterOf(letters(HUGE)), HUGE, "buffer.memory");
    }
  }

  @Test
  void shouldCarryATextOfFiftyMegabytesInItsDeadLetterWhereThatTopicTakesIt() {
    try (TestStream stream =
        TestStream.on(broker, "huge-letter", folder)
            .with("max.request.size", TestStream.ROOM)
            .with("buffer.memory", 2 * TestStream.ROOM)
            .with("producer.transaction.timeout.ms", PATIENT)
            .letterBytes(TestStream.ROOM)
            .start()) {
      byte[] huge = letters(HUGE);
      huge[HUGE / 2] = (byte) 0xFF;
      ConsumerRecord<byte[], byte[]> letter = stream.deadLetterOf(huge);
      assertThat(TestStream.reason(letter)).contains("not UTF-8: byte 26214401");
      assertThat(Arrays.equals(letter.value(), huge)).isTrue();
    }
  }

  @Test
  void shouldSendARecordWithHeadersOfAMegabyteToTheDeadLetters() {
    try (TestStream stream = TestStream.on(broker, "headers", folder).start()) {
      ConsumerRecord<byte[], byte[]> letter =
          stream.deadLetterOf(
              bytes("a text"), header("small", 1), header("trace", MEGABYTE), header("last", 1));
      assertOmitted(letter, MEGABYTE, "the record takes");
      assertThat(letter.headers().lastHeader("trace")).isNull();
    }
  }

  @Test
  void shouldCarryHeadersOfAMegabyteWhereTheTopicsTakeThem() {
    try (TestStream stream =
        TestStream.on(broker, "headers-kept", folder)
            .with("max.request.size", 4 * MEGABYTE)
            .embeddingBytes(4 * MEGABYTE)
            .start()) {
      String before = stream.sendGood();
      stream.send(bytes("a text"), header("trace", MEGABYTE));
      String after = stream.sendGood();
      stream.assertNext(before);
      ConsumerRecord<byte[], byte[]> embedding = stream.nextOutput();
      assertThat(embedding.headers().lastHeader("trace").value()).hasSize(MEGABYTE);
      stream.assertNext(after);
      stream.assertHealthy();
    }
  }

  @Test
  void shouldSendARecordToTheDeadLettersWhoseEmbeddingIsOverTheBrokersLimit() {
    try (TestStream stream =
        TestStream.on(broker, "output", folder).embeddingBytes(5_000).start()) {
      byte[] text = letters(6_000);
      ConsumerRecord<byte[], byte[]> letter = stream.deadLetterOf(text);
      assertThat(TestStream.reason(letter))
          .contains("topic output-embeddings takes 5000 at most")
          .contains("max.message.bytes");
      assertThat(letter.value()).isEqualTo(text);
      stream.assertEmbedded("x".repeat(1_000));
    }
  }

  @Test
  void shouldKeepTheReasonOfADeadLetterThatIsTooLargeForItsOwnTopic() {
    try (TestStream stream =
        TestStream.on(broker, "letters", folder).letterBytes(16 << 10).start()) {
      byte[] text = letters(40_000);
      text[7] = (byte) 0xFF;
      assertOmitted(stream.deadLetterOf(text), text.length, "not UTF-8: byte 8 of 40000");
    }
  }

  private static void assertOmitted(
      ConsumerRecord<byte[], byte[]> letter, int bytes, String reason) {
    assertThat(TestStream.reason(letter)).contains(reason);
    assertThat(letter.value()).isNull();
    assertThat(Integer.parseInt(TestStream.header(letter, DeadLetters.OMITTED)))
        .isBetween(bytes, bytes + 100);
  }

  /** As in an earlier start with smaller bounds: what exists is not changed, and is heeded. */
  @Test
  void shouldSendATextToTheDeadLettersThatAnOlderChangelogDoesNotTake() {
    String first;
    try (TestStream stream = TestStream.on(broker, "older", folder).start()) {
      first = stream.sendGood();
      stream.assertNext(first);
    }
    try (TestStream stream =
        TestStream.on(broker, "older", folder)
            .onTheSameTopics()
            .with("max.request.size", TestStream.ROOM)
            .with("buffer.memory", 2 * TestStream.ROOM)
            .with("producer.transaction.timeout.ms", PATIENT)
            .start()) {
      stream.assertNext(first);
      assertOmitted(stream.deadLetterOf(letters(3 * MEGABYTE)), 3 * MEGABYTE, "changelog topic");
    }
  }

  private static Header header(String key, int size) {
    return new RecordHeader(key, new byte[size]);
  }

  private static byte[] letters(int count) {
    byte[] text = new byte[count];
    Arrays.fill(text, (byte) 'x');
    return text;
  }
}
