package io.sentencestreams.app.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.TokenizedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.metrics.Metrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One model takes over from another between two batches. */
class EncoderSwapTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Metrics metrics = new Metrics();
  private final Version first = new Version(1, 0, 0);
  private final MicroBatcher batcher =
      new MicroBatcher(
          () -> first,
          new MicroBatcherOptions(
              64,
              Duration.ZERO,
              10_000,
              10_000_000,
              Duration.ofSeconds(1),
              1 << 20,
              Duration.ofMillis(5)),
          metrics);

  @AfterEach
  void close() {
    batcher.close();
    metrics.close();
  }

  /** Its vectors say which version they are of. */
  private static final class Version extends DelegatingEncoder {
    private final int version;
    private final int moreDimensions;
    private final int moreTokens;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean closed;
    private volatile boolean fails;

    Version(int version, int moreDimensions, int moreTokens) {
      this.version = version;
      this.moreDimensions = moreDimensions;
      this.moreTokens = moreTokens;
    }

    @Override
    public String modelVersion() {
      return "v" + version;
    }

    @Override
    public int dimension() {
      return super.dimension() + moreDimensions;
    }

    @Override
    public int maxSequenceLength() {
      return super.maxSequenceLength() + moreTokens;
    }

    @Override
    public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
      if (closed) {
        throw new IllegalStateException("version " + version + " is used after its end");
      }
      calls.incrementAndGet();
      if (fails) {
        throw new EncoderException("broken", null);
      }
      float[][] vectors = super.encodeBatch(batch, replica);
      for (float[] vector : vectors) {
        vector[0] = version;
      }
      return vectors;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void shouldEncodeEachTextOnceByTheVersionThatItsOutcomeSays() {
    AtomicBoolean swapping = new AtomicBoolean(true);
    CompletableFuture<List<Ticket>> load =
        CompletableFuture.supplyAsync(
            () -> {
              List<Ticket> tickets = new ArrayList<>();
              for (int i = 0; swapping.get(); i++) {
                tickets.add(batcher.submit("text " + i, 100, Duration.ofMillis(50)));
              }
              return tickets;
            });
    Version running = first;
    for (int version = 2; version <= 10; version++) {
      awaitBatches(running);
      Version fresh = new Version(version, 0, 0);
      batcher.swap(fresh, () -> fresh, false);
      assertThat(batcher.modelVersion()).isEqualTo("v" + version);
      assertThat(running.closed).as("the old one is freed").isTrue();
      assertThat(fresh.closed).isFalse();
      running = fresh;
    }
    awaitBatches(running);
    swapping.set(false);
    List<Ticket> tickets = load.join();
    Set<Integer> seen = new TreeSet<>();
    for (int i = 0; i < tickets.size(); i++) {
      Ticket ticket = tickets.get(i);
      Outcome.Encoded encoded = (Outcome.Encoded) ticket.await(PATIENCE.toNanos());
      assertThat(encoded).as("an outcome of text %d", i).isNotNull();
      float[] expected = LetterEncoder.embedding("text " + i);
      expected[0] = Integer.parseInt(encoded.modelVersion().substring(1));
      assertThat(encoded.vector()).isEqualTo(expected);
      seen.add((int) expected[0]);
    }
    assertThat(seen).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    assertThat(batcher.fault()).isEmpty();
  }

  /**
   * Until the version that runs has encoded some texts of the load, beyond those of its warm-up.
   */
  private static void awaitBatches(Version running) {
    int goal = running.calls.get() + 3;
    await().atMost(PATIENCE).until(() -> running.calls.get() >= goal);
  }

  @Test
  void shouldNotAnswerWithWhatAnEarlierVersionMadeOfTheSameText() {
    assertThat(version("again")).isEqualTo("v1");
    Version second = new Version(2, 0, 0);
    batcher.swap(second, () -> second, false);
    assertThat(version("again")).isEqualTo("v2");
  }

  @Test
  void shouldRefuseWhatCannotTakeThePlaceAndFreeIt() {
    Version longer = new Version(2, 1, 0);
    assertThatThrownBy(() -> batcher.swap(longer, () -> longer, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("length of an embedding is 17");
    Version moreTokens = new Version(2, 0, 24);
    assertThatThrownBy(() -> batcher.swap(moreTokens, () -> moreTokens, false))
        .hasMessageContaining("most tokens of a text is 1024");
    Version broken = new Version(2, 0, 0);
    broken.fails = true;
    assertThatThrownBy(() -> batcher.swap(broken, () -> broken, false))
        .isInstanceOf(EncoderException.class);
    assertThat(List.of(longer, moreTokens, broken)).allMatch(version -> version.closed);
    assertThat(first.closed).isFalse();
    assertThat(version("a text")).isEqualTo("v1");
  }

  @Test
  void shouldLoadTheVersionThatRunsAfterAFault() {
    Version second = new Version(2, 0, 0);
    Version again = new Version(2, 0, 0);
    batcher.swap(second, () -> again, false);
    second.fails = true;
    assertThat(version("a text")).isEqualTo("v2");
    assertThat(second.closed).isTrue();
    assertThat(again.calls.get()).isPositive();
  }

  @Test
  void shouldFreeAVersionThatComesTooLate() {
    batcher.close();
    Version late = new Version(2, 0, 0);
    assertThatThrownBy(() -> batcher.swap(late, () -> late, false)).hasMessageContaining("closed");
    assertThat(late.closed).isTrue();
  }

  @Test
  void shouldNotAskTheModelBeforeOfTextsInTheBackground() {
    Version second = new Version(2, 0, 0);
    batcher.swap(second, () -> second, true);
    int before = first.calls.get();
    Ticket background = batcher.submitInBackground("a text");
    assertThat(encoded(background).modelVersion()).isEqualTo("v2");
    assertThat(encoded(background).older()).isNull();
    assertThat(encoded(batcher.submitInBackground("a text")).older()).isNull();
    assertThat(first.calls.get()).isEqualTo(before);
    // What one model made of it is not all that the stream wants to know.
    Outcome.Encoded both = encoded(batcher.submit("a text", 100, Duration.ZERO));
    assertThat(both.older().modelVersion()).isEqualTo("v1");
    assertThat(both.older().vector()[0]).isEqualTo(1);
    // And it is enough for the background.
    int calls = second.calls.get();
    assertThat(encoded(batcher.submitInBackground("a text")).vector()).isEqualTo(both.vector());
    assertThat(second.calls.get()).isEqualTo(calls);
  }

  @Test
  void shouldEncodeTextsOfBothKindsInOneBatch() throws Exception {
    Version second = new Version(2, 0, 0);
    batcher.swap(second, () -> second, true);
    List<Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      tickets.add(
          i % 3 == 0
              ? batcher.submitInBackground("text " + i)
              : batcher.submit("text " + i, 100, Duration.ofSeconds(1)));
    }
    for (int i = 0; i < tickets.size(); i++) {
      Outcome.Encoded outcome = encoded(tickets.get(i));
      float[] expected = LetterEncoder.embedding("text " + i);
      expected[0] = 2;
      assertThat(outcome.vector()).isEqualTo(expected);
      expected[0] = 1;
      assertThat(outcome.older() == null ? null : outcome.older().vector())
          .isEqualTo(i % 3 == 0 ? null : expected);
    }
  }

  private static Outcome.Encoded encoded(Ticket ticket) {
    return (Outcome.Encoded) ticket.await(PATIENCE.toNanos());
  }

  private String version(String text) {
    return encoded(batcher.submit(text, 100, Duration.ZERO)).modelVersion();
  }
}
