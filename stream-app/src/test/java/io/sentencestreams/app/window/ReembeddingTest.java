package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A partition of the window follows models that take over from each other. */
class ReembeddingTest extends WindowDriver {
  private static final double THRESHOLD = 0.9;
  private static final double UNDECIDED = 1e-3;
  private static final List<String> VERSIONS = List.of("v1", "v2", "v3");

  private final Models models = new Models();
  private final List<Sent> all = new ArrayList<>();

  /** Stands for the releases, and for an encoder that takes its time. */
  private static final class Models implements Succession {
    private final Set<String> superseded = new TreeSet<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private String current = "v1";
    private boolean settled;

    void takesOver(String version) {
      superseded.add(current);
      superseded.remove(version);
      current = version;
      settled = false;
    }

    /** Encodes some of what waits. */
    void encode(int texts) {
      for (int i = 0; i < texts && !waiting.isEmpty(); i++) {
        waiting.poll().run();
      }
    }

    @Override
    public String current() {
      return current;
    }

    @Override
    public boolean isSuperseded(String modelVersion) {
      return superseded.contains(modelVersion);
    }

    @Override
    public boolean isSettled(String modelVersion) {
      return settled && modelVersion.equals(current);
    }

    @Override
    public CompletableFuture<Outcome> encode(String text) {
      CompletableFuture<Outcome> outcome = new CompletableFuture<>();
      waiting.add(
          () ->
              outcome.complete(
                  new Outcome.Encoded(vector(text, current), "plane", current, 3, false)));
      return outcome;
    }
  }

  /**
   * A text that came.
   *
   * @param version that its first vector is of
   * @param late whether its version was superseded when it came
   */
  private record Sent(String id, String text, String version, boolean late) {}

  /** Of a text {@code A|B|C}: what it says to each version. */
  private static float[] vector(String text, String version) {
    int number = VERSIONS.indexOf(version);
    return PlaneEncoder.embedding(version + text.split("\\|", -1)[number]);
  }

  private static double cosine(Sent a, Sent b, String version) {
    return PlaneEncoder.cosine(vector(a.text(), version), vector(b.text(), version));
  }

  private void come(String text, String version, String older) {
    EmbeddingRecord embedding = embedding(vector(text, version), version, START + offset);
    Outcome.Older before = older == null ? null : new Outcome.Older(vector(text, older), older);
    all.add(new Sent(embedding.id(), text, version, models.isSuperseded(version)));
    pipe(window.message(embedding, before, text, record(text, START)).orElseThrow());
  }

  private void settle() {
    for (int i = 0; i < 200; i++) {
      models.encode(100);
      advance();
    }
    models.settled = true;
    for (int i = 0; i < 200; i++) {
      advance();
    }
  }

  private void start() {
    succession = models;
    open(1000, 1000);
    advance();
  }

  @Test
  void shouldFindAnEarlierTextUnderTheVersionsThatBothHave() {
    start();
    come("cat|cat|cat", "v1", null);
    come("dog|dog|dog", "v1", null);
    models.takesOver("v2");
    // Nothing is copied yet: by the vector of the model before.
    come("cat|bird|bird", "v2", "v1");
    assertThat(pairs()).extracting(DuplicateRecord::modelVersion).containsExactly("v1");
    settle();
    assertThat(metric("reembedded-total")).isEqualTo(2);
    // And by the new one's.
    come("bird|dog|dog", "v2", null);
    assertThat(pairs())
        .extracting(DuplicateRecord::modelVersion, pair -> pair.a().id(), pair -> pair.b().id())
        .containsExactly(org.assertj.core.groups.Tuple.tuple("v2", "id1", "id3"));
    assertThat(metric("texts")).isEqualTo(4);
    assertThat(metric("partitions-reembedding")).isZero();
  }

  @Test
  void shouldFindAPairWhenTheEarlierOneIsCopied() {
    start();
    come("cat|cat|cat", "v1", null);
    models.takesOver("v2");
    come("bird|cat|cat", "v2", null);
    assertThat(pairs()).isEmpty();
    settle();
    assertThat(pairs()).extracting(DuplicateRecord::modelVersion).containsExactly("v2");
  }

  @Test
  void shouldNotCompareTextsOfOneVersionAgain() {
    start();
    come("cat|cat|cat", "v1", null);
    come("dog|cat|cat", "v1", null); // the same to the second model only
    come("cat|bird|bird", "v1", null); // the same to the first only
    assertThat(pairs()).hasSize(1);
    models.takesOver("v2");
    settle();
    models.takesOver("v3");
    settle();
    assertThat(pairs()).isEmpty();
    assertThat(metric("reembedded-total")).isEqualTo(6);
    assertThat(metric("texts")).isEqualTo(3);
  }

  @Test
  void shouldFindAPairOnceWhenAModelIsGoneBackToBeforeAllIsCopied() {
    start();
    come("cat|cat|cat", "v1", null);
    come("dog|dog|dog", "v1", null);
    models.takesOver("v2");
    advance();
    models.encode(1); // one of the two
    advance();
    models.takesOver("v1");
    come("cat|cat|cat", "v1", "v2");
    assertThat(pairs()).hasSize(1);
  }

  @Test
  void shouldGoBackToTheModelBefore() {
    start();
    come("cat|cat|cat", "v1", null);
    models.takesOver("v2");
    for (int i = 0; i < 50; i++) {
      models.encode(100);
      advance();
    }
    come("dog|dog|dog", "v2", "v1");
    models.takesOver("v1"); // before all have settled
    settle();
    assertThat(metric("texts")).isEqualTo(2);
    come("cat|x|x", "v1", null);
    come("dog|y|y", "v1", null);
    assertThat(pairs()).extracting(DuplicateRecord::modelVersion).containsExactly("v1", "v1");
    models.takesOver("v2");
    settle();
    come("z|dog|dog", "v2", null);
    come("u|cat|cat", "v2", null);
    assertThat(pairs()).extracting(DuplicateRecord::modelVersion).containsExactly("v2", "v2");
    assertThat(metric("texts")).isEqualTo(6);
  }

  @Test
  void shouldLetGoOfALateTextWithoutLookingAtAllOthers() {
    start();
    models.takesOver("v2");
    for (int i = 0; i < 900; i++) {
      String text = "seed" + i;
      come(text + "|" + text + "|" + text, "v2", null);
    }
    settle();
    come("cat|cat|cat", "v1", null); // from an instance that has not swapped yet
    assertThat(metric("partitions-reembedding")).isEqualTo(1);
    advance(); // submitted
    models.encode(1);
    advance(); // copied
    advance(); // let go of
    assertThat(metric("partitions-reembedding")).isZero();
    assertThat(metric("texts")).isEqualTo(901);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldFindEachPairOnceWhateverHappensWhen(long seed) {
    start();
    Random random = new Random(seed);
    for (int i = 0; i < 400; i++) {
      if (i == 120 || i == 260) {
        models.takesOver(i == 120 ? "v2" : random.nextBoolean() ? "v3" : "v1");
      }
      int now = VERSIONS.indexOf(models.current());
      boolean behind = now > 0 && random.nextInt(10) == 0; // an instance that has not swapped yet
      String version = behind ? VERSIONS.get(now - 1) : models.current();
      boolean both = now > 0 && !behind && !models.settled && random.nextInt(5) > 0;
      come(text(random), version, both ? VERSIONS.get(now - 1) : null);
      if (random.nextInt(3) == 0) {
        models.encode(random.nextInt(6));
        advance();
      }
    }
    settle();
    Map<Set<String>, Integer> found = new HashMap<>();
    for (DuplicateRecord pair : pairs()) {
      assertThat(pair.similarity()).isGreaterThan((float) (THRESHOLD - UNDECIDED));
      found.merge(new TreeSet<>(Set.of(pair.a().id(), pair.b().id())), 1, Integer::sum);
    }
    int both = 0;
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        both += check(all.get(j), all.get(i), found);
      }
    }
    assertThat(both).as("pairs near to all versions").isGreaterThan(20);
    assertThat(metric("partitions-reembedding")).isZero();
  }

  private static int check(Sent a, Sent b, Map<Set<String>, Integer> found) {
    boolean sure = true;
    boolean possible = false;
    for (String version : VERSIONS) {
      double cosine = cosine(a, b, version);
      sure &= cosine >= THRESHOLD + UNDECIDED;
      possible |= cosine >= THRESHOLD - UNDECIDED;
    }
    int times = found.getOrDefault(new TreeSet<>(Set.of(a.id(), b.id())), 0);
    String what = a + " and " + b;
    assertThat(times).as(what).isLessThanOrEqualTo(possible ? 1 : 0);
    if (sure) {
      assertThat(times).as(what).isEqualTo(1);
    } else if (a.version().equals(b.version()) && !a.late() && !b.late()) {
      double cosine = cosine(a, b, a.version());
      if (Math.abs(cosine - THRESHOLD) > UNDECIDED) {
        assertThat(times).as(what).isEqualTo(cosine > THRESHOLD ? 1 : 0);
      }
    }
    return sure ? 1 : 0;
  }

  /** Near to others in some versions or in all. */
  private static String text(Random random) {
    String[] parts = new String[VERSIONS.size()];
    String all = turned(random);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = random.nextInt(3) == 0 ? turned(random) : all;
    }
    return String.join("|", parts);
  }

  private static String turned(Random random) {
    return "seed%d~%d~other%d"
        .formatted(random.nextInt(25), random.nextInt(22), random.nextInt(1000));
  }
}
