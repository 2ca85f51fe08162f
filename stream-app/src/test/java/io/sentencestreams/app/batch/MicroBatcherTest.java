package io.sentencestreams.app.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.TokenizedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.metrics.Metrics;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MicroBatcherTest {
  private static final Duration NO_WAIT = Duration.ZERO;

  private final LetterEncoder encoder = new LetterEncoder();
  private final Metrics metrics = new Metrics();
  private final List<MicroBatcher> batchers = new ArrayList<>();
  private final List<Ticket> tickets = new ArrayList<>();
  private final Set<LetterEncoder> loaded = ConcurrentHashMap.newKeySet();
  private Set<Thread> threadsBefore;
  private boolean faultsExpected;

  @BeforeAll
  static void lookOften() {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(2));
    Awaitility.setDefaultTimeout(Duration.ofMinutes(5));
  }

  @BeforeEach
  void noteThreads() {
    threadsBefore = batcherThreads();
  }

  /**
   * What holds after each test, whatever became of its texts: each that somebody waited for has an
   * outcome, all places are given back, the threads have ended and every encoder is freed.
   */
  @AfterEach
  void assertNothingIsLeft() {
    encoder.letThrough(1_000_000);
    for (Ticket ticket : tickets) {
      await().until(() -> ticket.outcome() != null || ticket.isCancelled());
    }
    for (MicroBatcher batcher : batchers) {
      await().until(() -> batcher.inFlightTokens() == 0 && batcher.inFlightBytes() == 0);
      assertThat(batcher.load()).isZero();
      assertThat(batcher.fault()).isEmpty();
      // The tokenizer counts those that it has let go until its turn is over.
      await().until(() -> metric("queued-texts") == 0);
      batcher.close();
    }
    assertThat(faultsExpected || batchers.isEmpty() || metric("fault-total") == 0)
        .as("no fault but those that the test made")
        .isTrue();
    assertThat(batcherThreads()).isSubsetOf(threadsBefore);
    assertThat(loaded).allMatch(LetterEncoder::isClosed);
    metrics.close();
  }

  @Test
  void shouldEncodeEachTextToItsOwnEmbedding() {
    MicroBatcher batcher = batcher(options(64, Duration.ZERO));
    List<String> texts = texts(500);
    List<Ticket> tickets = submitAll(batcher, texts);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(encoded(tickets.get(i)).vector()).isEqualTo(LetterEncoder.embedding(texts.get(i)));
    }
  }

  @Test
  void shouldFormBatchesOfWhatArrivesWhileTheEncoderIsBusyWithinTheTokenBudget() {
    MicroBatcher batcher = batcher(options(100, Duration.ZERO));
    encoder.hold();
    Ticket first = submit(batcher, "first", 1, NO_WAIT);
    await().until(() -> batcher.longestRunningCall().toNanos() > 0);
    List<Ticket> tickets = submitAll(batcher, texts(200));
    encoder.letThrough(1_000_000);
    encoded(first);
    tickets.forEach(MicroBatcherTest::encoded);
    assertThat(encoder.batches().get(0)).containsExactly("first");
    assertThat(encoder.batches().size()).isLessThan(100);
    for (List<String> batch : encoder.batches()) {
      assertThat(batch.stream().mapToInt(String::length).sum()).isLessThanOrEqualTo(100);
    }
  }

  @Test
  void shouldSortTextsByLengthAcrossTheWindowSoThatLikeLengthsMeet() {
    MicroBatcher batcher = batcher(options(40, Duration.ofSeconds(60)));
    // 80 tokens in alternating lengths; the linger lets both batches form of all of them
    List<String> texts = List.of("a".repeat(18), "b", "c".repeat(18), "d", "e".repeat(2));
    submitAll(batcher, texts).forEach(MicroBatcherTest::encoded);
    for (List<String> batch : encoder.batches()) {
      assertThat(batch).isSortedAccordingTo((a, b) -> Integer.compare(a.length(), b.length()));
    }
  }

  @Test
  void shouldFormBatchesInOrderOfArrivalWhereTheEncoderWantsAllLengths() {
    encoder.likeLengths(false);
    MicroBatcher batcher = batcher(options(20, Duration.ofSeconds(60)));
    List<String> texts = List.of("a".repeat(18), "b", "c".repeat(18), "dd", "e".repeat(19));
    submitAll(batcher, texts.subList(0, 4)).forEach(MicroBatcherTest::encoded);
    assertThat(encoder.batches()).containsExactly(texts.subList(0, 2), texts.subList(2, 4));
  }

  @Test
  void shouldTakeTextsWhileTheEncoderIsBeingLoadedAnew() throws Exception {
    faultsExpected = true;
    LetterEncoder first = new LetterEncoder(1000, 2);
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Supplier<BatchEncoder> loader =
        () -> {
          if (loaded.isEmpty()) {
            return first;
          }
          loading.countDown();
          awaitQuietly(go);
          return new LetterEncoder(1000, 2);
        };
    MicroBatcher batcher = batcher(options(100, Duration.ZERO), loader);
    first.broken(true);
    submit(batcher, "brings a reload about", 1, NO_WAIT);
    loading.await();
    // The other encoder thread takes these for its next batches and waits for the encoder.
    CompletableFuture<List<Ticket>> meanwhile =
        CompletableFuture.supplyAsync(() -> submitAll(batcher, texts(50)));
    try {
      assertThat(meanwhile).succeedsWithin(Duration.ofMinutes(1));
    } finally {
      go.countDown();
    }
    meanwhile.join().forEach(MicroBatcherTest::encoded);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldNotWaitWhileTheEncoderIsIdle() {
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    encoded(submit(batcher, "alone", 1, NO_WAIT));
    assertThat(encoder.batches()).containsExactly(List.of("alone"));
  }

  @Test
  void shouldEncodeATextLongerThanTheBudgetInABatchOfItsOwn() {
    MicroBatcher batcher = batcher(options(10, Duration.ZERO));
    Outcome.Encoded encoded = encoded(submit(batcher, "x".repeat(50), 1, NO_WAIT));
    assertThat(encoded.tokens()).isEqualTo(50);
  }

  @Test
  void shouldEncodeATextThatSomebodyWaitsForAndGiveUpInTime() {
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    assertThat(batcher.encodeSoon("query", Duration.ofMinutes(1)))
        .hasValueSatisfying(
            outcome ->
                assertThat(((Outcome.Encoded) outcome).vector())
                    .isEqualTo(LetterEncoder.embedding("query")));
    encoder.poison("poison");
    assertThat(batcher.encodeSoon("poison", Duration.ofMinutes(1)))
        .containsInstanceOf(Outcome.Rejected.class);
    encoder.hold();
    assertThat(batcher.encodeSoon("held", Duration.ofMillis(20))).isEmpty();
  }

  @Test
  void shouldRejectOnlyThePoisonedTextWhenABatchFails() {
    encoder.poison("poison");
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    encoder.hold();
    submit(batcher, "first", 1, NO_WAIT);
    await().until(() -> batcher.longestRunningCall().toNanos() > 0);
    List<Ticket> good = new ArrayList<>(submitAll(batcher, texts(50)));
    Ticket poisoned = submit(batcher, "poison", 1, NO_WAIT);
    good.addAll(submitAll(batcher, texts(50)));
    encoder.letThrough(1_000_000);
    assertThat(rejected(poisoned).reason()).hasMessage("the kernel refused its input");
    good.forEach(MicroBatcherTest::encoded);
    assertThat(batcher.fault()).isEmpty();
  }

  @Test
  void shouldNotRejectATextForAFailureThatPasses() {
    encoder.failOnce("text");
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    encoded(submit(batcher, "text", 1, NO_WAIT));
    assertThat(metric("failed-batch-total")).isEqualTo(1);
    assertThat(metric("rejected-total")).isZero();
  }

  @Test
  void shouldGoOnWithTheSameTextsAfterAnErrorThatNobodyExpects() {
    faultsExpected = true;
    encoder.throwOnce(new StackOverflowError("test"));
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    submitAll(batcher, texts(30)).forEach(MicroBatcherTest::encoded);
    assertThat(metric("fault-total")).isEqualTo(1);
    await().until(() -> batcher.fault().isEmpty());
  }

  @Test
  void shouldEncodeAnExactRepeatOnce() {
    MicroBatcher batcher = batcher(withCache(1 << 20));
    encoder.hold();
    submit(batcher, "first", 1, NO_WAIT);
    await().until(() -> batcher.longestRunningCall().toNanos() > 0);
    List<Ticket> inOneBatch = submitAll(batcher, List.of("again", "other", "again", "first"));
    encoder.letThrough(1_000_000);
    inOneBatch.forEach(MicroBatcherTest::encoded);
    Ticket later = submit(batcher, "again", 1, NO_WAIT);
    assertThat(encoded(later).vector()).isEqualTo(LetterEncoder.embedding("again"));
    assertThat(encoder.batches().stream().flatMap(List::stream))
        .containsExactlyInAnyOrder("first", "again", "other");
    assertThat(metric("repeats-total")).isEqualTo(3);
  }

  @Test
  void shouldNotTakeWhatAnotherVersionOfTheModelMadeForARepeat() {
    AtomicInteger versions = new AtomicInteger();
    faultsExpected = true;
    MicroBatcher batcher =
        batcher(withCache(1 << 20), () -> new BreakableEncoder("v" + versions.incrementAndGet()));
    assertThat(encoded(submit(batcher, "text", 1, NO_WAIT)).modelVersion()).isEqualTo("v1");
    assertThat(encoded(submit(batcher, "break", 1, NO_WAIT)).modelVersion()).isEqualTo("v2");
    assertThat(encoded(submit(batcher, "text", 1, NO_WAIT)).modelVersion()).isEqualTo("v2");
  }

  /** Its first version breaks on a certain text, for good. */
  private static final class BreakableEncoder extends DelegatingEncoder {
    private final String version;
    private volatile boolean broken;

    BreakableEncoder(String version) {
      this.version = version;
    }

    @Override
    public String modelVersion() {
      return version;
    }

    @Override
    public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
      broken |= version.equals("v1") && batch.get(0).length() == "break".length();
      if (broken) {
        throw new EncoderException("the device is dead", null);
      }
      return super.encodeBatch(batch, replica);
    }
  }

  @Test
  void shouldEncodeRepeatsOfATextThatTheCacheHasNoRoomFor() {
    MicroBatcher batcher = batcher(withCache(1));
    encoder.hold();
    submit(batcher, "first", 1, NO_WAIT);
    await().until(() -> batcher.longestRunningCall().toNanos() > 0);
    List<Ticket> repeats = submitAll(batcher, List.of("again", "again"));
    encoder.letThrough(1_000_000);
    repeats.forEach(MicroBatcherTest::encoded);
    assertThat(metric("cached-texts")).isZero();
  }

  @Test
  void shouldRejectEachRepeatOfAPoisonedText() {
    encoder.poison("poison");
    MicroBatcher batcher = batcher(withCache(1 << 20));
    encoder.hold();
    submit(batcher, "first", 1, NO_WAIT);
    await().until(() -> batcher.longestRunningCall().toNanos() > 0);
    List<Ticket> poisoned = submitAll(batcher, List.of("poison", "poison"));
    encoder.letThrough(1_000_000);
    poisoned.forEach(MicroBatcherTest::rejected);
  }

  private static MicroBatcherOptions withCache(long bytes) {
    return new MicroBatcherOptions(
        1000, Duration.ZERO, 0, 1 << 20, Duration.ofSeconds(2), bytes, Duration.ofMillis(1));
  }

  @Test
  void shouldTellHowFarTheBoundIsExceeded() {
    MicroBatcher batcher =
        batcher(
            new MicroBatcherOptions(
                1000, Duration.ZERO, 10, 1 << 20, Duration.ofSeconds(2), 0, Duration.ofMillis(1)));
    encoder.hold();
    submit(batcher, "x".repeat(20), 1, NO_WAIT);
    submit(batcher, "x".repeat(20), 1, NO_WAIT);
    await().until(() -> batcher.load() == 4);
    encoder.letThrough(10);
    await().until(() -> batcher.load() == 0);
  }

  @Test
  void shouldRejectATextWhoseEmbeddingIsNotFiniteAndPassTheRestOfItsBatch() {
    encoder.notFinite("nan");
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    Ticket bad = submit(batcher, "nan", 1, NO_WAIT);
    Ticket good = submit(batcher, "good", 1, NO_WAIT);
    assertThat(rejected(bad).reason()).hasMessageContaining("not finite");
    encoded(good);
  }

  @Test
  void shouldRejectNothingAndReloadWhenTheEncoderItselfIsBroken() {
    faultsExpected = true;
    AtomicInteger loads = new AtomicInteger();
    AtomicBoolean loadable = new AtomicBoolean(true);
    MicroBatcher batcher =
        batcher(
            options(1000, Duration.ZERO),
            () -> {
              if (!loadable.get()) {
                throw new EncoderException("no memory for the weights", null);
              }
              loads.incrementAndGet();
              return loads.get() == 1 ? encoder : new LetterEncoder();
            });
    encoder.broken(true);
    loadable.set(false);
    List<Ticket> tickets = submitAll(batcher, texts(20));
    await().until(() -> batcher.fault().isPresent());
    await()
        .until(() -> batcher.fault().orElseThrow().message().contains("no memory for the weights"));
    assertThat(tickets).allMatch(ticket -> ticket.outcome() == null);
    loadable.set(true);
    tickets.forEach(MicroBatcherTest::encoded);
    assertThat(batcher.fault()).isEmpty();
    assertThat(loads).hasValue(2);
    assertThat(encoder.isClosed()).isTrue();
  }

  @Test
  void shouldTreatOutOfMemoryAsAFaultOfTheEncoderWhenAKnownGoodTextFailsToo() {
    faultsExpected = true;
    AtomicReference<LetterEncoder> next = new AtomicReference<>(encoder);
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO), next::get);
    encoder.outOfMemory(true);
    Ticket ticket = submit(batcher, "text", 1, NO_WAIT);
    await().until(() -> batcher.fault().isPresent());
    assertThat(ticket.outcome()).isNull();
    await().until(encoder::isClosed);
    next.set(new LetterEncoder());
    encoded(ticket);
  }

  @Test
  void shouldCondemnATextThatBringsTheEncoderDownEachTime() {
    faultsExpected = true;
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO), BreaksOn::new);
    Ticket killer = submit(batcher, "killer", 1, NO_WAIT);
    Ticket good = submit(batcher, "good", 1, NO_WAIT);
    assertThat(rejected(killer).reason()).hasMessage("the device is dead");
    encoded(good);
    assertThat(batcher.fault()).isEmpty();
  }

  @Test
  void shouldRefuseAnEncoderThatEncodesAPlainSentenceToNan() {
    encoder.notFinite(EncoderHost.KNOWN_GOOD);
    assertThatThrownBy(() -> batcher(options(10, Duration.ZERO)))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("letters")
        .hasMessageContaining("weights are damaged");
    assertThat(encoder.isClosed()).isTrue();
  }

  @Test
  void shouldHoldTheSubmitterAtTheBoundAndLetItInWhenItHasWaited() {
    MicroBatcher batcher =
        batcher(
            new MicroBatcherOptions(
                1000, Duration.ZERO, 10, 1 << 20, Duration.ofSeconds(2), 0, Duration.ofMillis(1)));
    encoder.hold();
    submit(batcher, "x".repeat(20), 1, NO_WAIT);
    await().until(() -> batcher.inFlightTokens() == 20);
    long start = System.nanoTime();
    Ticket second = submit(batcher, "y", 1, Duration.ofMillis(50));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(50_000_000);
    assertThat(metric("over-admitted-total")).isEqualTo(1);
    encoder.letThrough(10);
    encoded(second);
  }

  @Test
  void shouldNotEncodeWhatWasCancelled() {
    MicroBatcher batcher = batcher(options(1000, Duration.ZERO));
    encoder.hold();
    submit(batcher, "first", 1, NO_WAIT);
    await().until(() -> batcher.longestRunningCall().toNanos() > 0);
    Ticket cancelled = submit(batcher, "cancelled", 1, NO_WAIT);
    cancelled.cancel();
    Ticket last = submit(batcher, "last", 1, NO_WAIT);
    encoder.letThrough(10);
    encoded(last);
    assertThat(encoder.batches()).doesNotContain(List.of("cancelled"));
    assertThat(encoder.batches().stream().flatMap(List::stream)).doesNotContain("cancelled");
  }

  @Test
  void shouldRunAsManyBatchesAtOnceAsThereAreReplicas() {
    LetterEncoder two = new LetterEncoder(1000, 2);
    MicroBatcher batcher = batcher(options(10, Duration.ZERO), () -> two);
    two.hold();
    List<Ticket> tickets = submitAll(batcher, List.of("a".repeat(10), "b".repeat(10)));
    await().until(() -> batcher.inFlightTokens() == 20);
    two.letThrough(2);
    tickets.forEach(MicroBatcherTest::encoded);
    assertThat(two.batches()).hasSize(2);
  }

  @Test
  void shouldFollowTheMeasuredRateWithItsInFlightBound() {
    AtomicLong clock = new AtomicLong();
    MicroBatcher batcher =
        new MicroBatcher(
            () -> encoder, options(10, Duration.ZERO), metrics, clock::incrementAndGet);
    batchers.add(batcher);
    submitAll(batcher, List.of("a".repeat(10), "b".repeat(10))).forEach(MicroBatcherTest::encoded);
    // An encoder that takes no time has a rate that lets in much more than two batches.
    assertThat(metric("in-flight-tokens-bound")).isGreaterThan(100);
  }

  /** Breaks for good when it meets one text. */
  private static final class BreaksOn extends DelegatingEncoder {
    private boolean dead;

    @Override
    public synchronized float[][] encodeBatch(List<TokenizedText> batch, int replica) {
      dead |=
          batch.stream()
              .anyMatch(text -> new String(text.ids(), 0, text.length()).equals("killer"));
      if (dead) {
        throw new EncoderException("the device is dead", null);
      }
      return super.encodeBatch(batch, replica);
    }
  }

  private MicroBatcher batcher(MicroBatcherOptions options) {
    return batcher(options, () -> encoder);
  }

  private MicroBatcher batcher(
      MicroBatcherOptions options, Supplier<? extends BatchEncoder> loader) {
    MicroBatcher batcher =
        new MicroBatcher(
            () -> {
              BatchEncoder fresh = loader.get();
              if (fresh instanceof LetterEncoder letters) {
                loaded.add(letters);
              }
              return fresh;
            },
            options,
            metrics);
    batchers.add(batcher);
    return batcher;
  }

  private static MicroBatcherOptions options(int batchTokens, Duration linger) {
    return new MicroBatcherOptions(
        batchTokens, linger, 0, 1 << 20, Duration.ofSeconds(2), 0, Duration.ofMillis(1));
  }

  private List<Ticket> submitAll(MicroBatcher batcher, List<String> texts) {
    return texts.stream().map(text -> submit(batcher, text, 10, NO_WAIT)).toList();
  }

  private Ticket submit(MicroBatcher batcher, String text, int bytes, Duration maxWait) {
    Ticket ticket = batcher.submit(text, bytes, maxWait);
    tickets.add(ticket);
    return ticket;
  }

  private static Set<Thread> batcherThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("sentence-streams-"))
        .collect(Collectors.toSet());
  }

  private static List<String> texts(int count) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add("text " + "x".repeat(i % 17) + i);
    }
    return texts;
  }

  private static Outcome.Encoded encoded(Ticket ticket) {
    await().until(() -> ticket.outcome() != null);
    assertThat(ticket.outcome()).isInstanceOf(Outcome.Encoded.class);
    return (Outcome.Encoded) ticket.outcome();
  }

  private static Outcome.Rejected rejected(Ticket ticket) {
    await().until(() -> ticket.outcome() != null);
    assertThat(ticket.outcome()).isInstanceOf(Outcome.Rejected.class);
    return (Outcome.Rejected) ticket.outcome();
  }

  private double metric(String name) {
    return metrics.metrics().entrySet().stream()
        .filter(metric -> metric.getKey().name().equals(name))
        .mapToDouble(metric -> ((Number) metric.getValue().metricValue()).doubleValue())
        .findFirst()
        .orElseThrow();
  }
}
