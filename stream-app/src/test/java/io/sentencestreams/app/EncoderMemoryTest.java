package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An encoder that runs out of memory in the middle of a stream, of the JVM's or of the engine's: no
 * text is at fault, so none becomes a dead letter, and none is lost.
 */
class EncoderMemoryTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int RECORDS = 60;

  @TempDir private Path folder;

  private static EmbeddedBroker broker;

  private final List<String> texts = new ArrayList<>();

  /** Whose memory it is that has run out, as the encoder says it. */
  enum Memory {
    OF_THE_JVM,
    OF_THE_ENGINE;

    /** Throws what libtorch and the JVM throw. */
    void runOut() {
      if (this == OF_THE_JVM) {
        throw new OutOfMemoryError("Cannot reserve 1048576 bytes of direct buffer memory");
      }
      throw new EncoderException(
          "letters failed on cpu(): DefaultCPUAllocator: not enough memory: you tried to allocate"
              + " 1073741824 bytes.",
          null);
    }
  }

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @ParameterizedTest
  @EnumSource
  void shouldGetAllThroughInSmallerBatchesWhereLargeOnesHaveNoRoom(Memory memory) {
    LetterEncoder encoder = new LetterEncoder();
    encoder.failWhen(
        batch -> {
          if (batch.size() > 2) {
            memory.runOut();
          }
        });
    encoder.hold(); // so that batches form
    try (TestStream stream = stream("batches-" + memory, () -> encoder)) {
      send(stream);
      await().atMost(PATIENCE).until(() -> stream.app().topologyMetrics().inFlight() == RECORDS);
      encoder.letThrough(1_000_000);
      assertAllEmbedded(stream);
      assertThat(encoder.batches()).anyMatch(batch -> batch.size() > 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldLoadTheEncoderAgainWhereNothingHasRoomAndLoseNothing(Memory memory) {
    AtomicInteger loads = new AtomicInteger();
    LetterEncoder first = new LetterEncoder();
    try (TestStream stream =
        stream(
            "reload-" + memory,
            () -> {
              // The second attempt has no room either: whoever else holds the memory is not done.
              if (loads.incrementAndGet() == 2) {
                memory.runOut();
              }
              return loads.get() == 1 ? first : new LetterEncoder();
            })) {
      String before = stream.sendGood();
      stream.assertNext(before);
      first.failAlways(memory::runOut);
      send(stream);
      assertAllEmbedded(stream);
      assertThat(loads).hasValue(3);
      assertThat(first.isClosed()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldCondemnNoTextForMemoryThatIsShortNowAndThen(Memory memory) {
    LetterEncoder encoder = new LetterEncoder();
    AtomicInteger calls = new AtomicInteger();
    encoder.failWhen(
        batch -> {
          // Short for three calls of four, whatever is in them; a check falls between.
          if (calls.getAndIncrement() % 4 != 3) {
            memory.runOut();
          }
        });
    try (TestStream stream = stream("short-" + memory, () -> encoder)) {
      send(stream);
      assertAllEmbedded(stream);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldCondemnATextThatHasNoMemoryHoweverOftenItIsTried(Memory memory) {
    LetterEncoder encoder = new LetterEncoder();
    encoder.failWhen(
        batch -> {
          if (batch.contains("huge")) {
            memory.runOut();
          }
        });
    try (TestStream stream = stream("huge-" + memory, () -> encoder)) {
      stream.assertDeadLetter(TestStream.bytes("huge"), "memory");
    }
  }

  private TestStream stream(String name, Supplier<? extends BatchEncoder> encoder) {
    return TestStream.on(broker, name, folder)
        .with(AppConfig.IN_FLIGHT_MAX_TOKENS, 1_000_000)
        .encoder(encoder)
        .start();
  }

  private void send(TestStream stream) {
    for (int i = 0; i < RECORDS; i++) {
      texts.add(stream.sendGood());
    }
  }

  /** In order; that no dead letter came is seen when the stream is closed. */
  private void assertAllEmbedded(TestStream stream) {
    texts.forEach(stream::assertNext);
    await().atMost(PATIENCE).until(() -> stream.app().encoderProblem().isEmpty());
    stream.assertHealthy();
  }
}
