package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MicroClustersTest {
  private static final MicroClusterOptions OPTIONS =
      MicroClusterOptions.DEFAULT.withHalfLife(100).withMaxMicroClusters(20).withMaxAhead(50);

  private final Topics topics = new Topics(1);

  private static MicroClusters clusters() {
    return new MicroClusters(OPTIONS, Topics.DIMENSION, 3);
  }

  @Test
  void shouldLoseWeightAsTimePassesAndNeverGainIt() {
    MicroClusters clusters = clusters();
    clusters.add(1000, topics.near(0), "a", "text");
    assertThat(clusters.summaries(1000).get(0).weight()).isEqualTo(1);
    assertThat(clusters.summaries(1100).get(0).weight()).isCloseTo(0.5, within(1e-12));
    assertThat(clusters.summaries(1200).get(0).weight()).isCloseTo(0.25, within(1e-12));
    assertThat(clusters.summaries(0).get(0).weight()).isEqualTo(1);
  }

  @Test
  void shouldNotGiveAnIdAgainWhereTheStoredStateIsOlderThanTheEntries() {
    MicroClusters lost = clusters();
    lost.add(1000, topics.near(0), "a", "text");
    List<Changed> first = lost.drainChanges();
    lost.add(1000, topics.near(1), "b", "text");
    List<Changed> second = lost.drainChanges();
    MicroClusters restored = clusters();
    first.forEach(change -> restored.restore(change.id(), change.bytes()));
    second.stream()
        .filter(change -> change.id() != MicroClusters.STATE_ID)
        .forEach(change -> restored.restore(change.id(), change.bytes()));
    restored.add(1000, topics.near(2), "c", "text");
    assertThat(restored.summaries(1000))
        .extracting(MicroSummary::id)
        .hasSize(3)
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldCountALateRecordForLess() {
    MicroClusters clusters = clusters();
    float[] vector = topics.near(0);
    for (int i = 0; i < 5; i++) {
      clusters.add(1000, vector, "a" + i, "text");
    }
    clusters.add(900, vector, "late", "text");
    assertThat(clusters.summaries(1000).get(0).weight()).isCloseTo(5.5, within(1e-12));
  }

  @Test
  void shouldNeverGiveAnIdTwiceThoughMicroClustersAreDeletedAndTheStateIsRestored() {
    MicroClusters clusters = clusters();
    Set<Long> created = new HashSet<>();
    Map<Long, byte[]> store = new HashMap<>();
    int begun = 0;
    for (int i = 0; i < 300; i++) {
      Assignment assignment = clusters.add(i, topics.anything(), "a" + i, "text");
      if (assignment.begins()) {
        begun++;
        assertThat(created.add(assignment.microCluster())).isTrue();
      }
      if (i % 50 == 49) {
        apply(clusters, store);
        clusters = restored(store);
      }
    }
    assertThat(begun).isGreaterThan(100);
    assertThat(clusters.size()).isEqualTo(20);
    assertThat(created).allMatch(id -> id >> 40 == 3);
  }

  @Test
  void shouldGoOnFromItsStoredEntriesAsIfNothingHadHappened() {
    MicroClusters lost = clusters();
    Map<Long, byte[]> store = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      lost.add(i, topics.near(i % 10), "a" + i, "text " + i);
      if (i % 7 == 0) {
        apply(lost, store);
      }
    }
    apply(lost, store);
    MicroClusters restored = restored(store);
    for (int i = 200; i < 400; i++) {
      float[] vector = i % 3 == 0 ? topics.anything() : topics.near(i % 10);
      assertThat(restored.add(i, vector, "a" + i, "text " + i))
          .isEqualTo(lost.add(i, vector, "a" + i, "text " + i));
    }
    assertThat(bytes(restored)).isEqualTo(bytes(lost));
  }

  @Test
  void shouldTellWhatWasSaidOfNeighboursAlsoAfterARestore() {
    MicroClusters lost = clusters();
    Map<Long, byte[]> store = new HashMap<>();
    float[] vector = topics.near(0);
    for (int i = 0; i < 200; i++) {
      lost.add(i, topics.near(i % 10), "a" + i, "text " + i);
    }
    Assignment assignment = lost.add(200, vector, "a200", "text 200");
    assertThat(assignment.begins()).isTrue();
    lost.place(assignment, new Placed(42, 1, true));
    apply(lost, store);
    // What repeats one does not change what was said of the first.
    Assignment repeats = lost.add(201, vector, "a201", "text 201");
    assertThat(repeats.begins()).isFalse();
    lost.place(repeats, new Placed(43, 1, true));
    apply(lost, store);
    for (MicroClusters clusters : List.of(lost, restored(store))) {
      Neighbour nearest = clusters.neighbours(vector).get(0);
      assertThat(nearest.microCluster()).isEqualTo(assignment.microCluster());
      assertThat(nearest.placed()).isEqualTo(42);
    }
  }

  private static List<String> bytes(MicroClusters clusters) {
    List<String> all = new ArrayList<>();
    for (MicroSummary summary : clusters.summaries(0)) {
      all.add(java.util.HexFormat.of().formatHex(summary.toBytes()));
    }
    return all;
  }

  private static void apply(MicroClusters clusters, Map<Long, byte[]> store) {
    for (Changed change : clusters.drainChanges()) {
      if (change.bytes() == null) {
        store.remove(change.id());
      } else {
        store.put(change.id(), change.bytes());
      }
    }
  }

  private static MicroClusters restored(Map<Long, byte[]> store) {
    MicroClusters clusters = clusters();
    store.forEach(clusters::restore);
    return clusters;
  }

  @Test
  void shouldAgeNothingWhenOneClockJumpsAYearAhead() {
    MicroClusters clusters = clusters();
    float[] vector = topics.near(0);
    for (int i = 0; i < 40; i++) {
      clusters.add(1000, vector, "a" + i, "text");
    }
    clusters.add(1000 + 31_536_000_000L, vector, "future", "text");
    clusters.add(Long.MAX_VALUE, vector, "end", "text");
    assertThat(clusters.now()).isEqualTo(1000);
    MicroSummary only = clusters.summaries(0).get(0);
    assertThat(only.weight()).isEqualTo(42);
    assertThat(only.lastSeen()).isEqualTo(1050);
  }

  @Test
  void shouldStayBelowItsCapWhateverComes() {
    MicroClusters clusters = clusters();
    for (int i = 0; i < 500; i++) {
      clusters.add(i, topics.anything(), "a" + i, "text");
      assertThat(clusters.size()).isLessThanOrEqualTo(20);
    }
  }

  @Test
  void shouldShrinkToALowerCapAfterARestore() {
    Map<Long, byte[]> store = new HashMap<>();
    MicroClusters before = clusters();
    for (int i = 0; i < 100; i++) {
      before.add(i, topics.anything(), "a" + i, "text");
    }
    apply(before, store);
    assertThat(before.size()).isEqualTo(20);
    MicroClusters after = new MicroClusters(OPTIONS.withMaxMicroClusters(5), Topics.DIMENSION, 3);
    store.forEach(after::restore);
    after.add(100, topics.anything(), "next", "text");
    assertThat(after.size()).isLessThanOrEqualTo(5);
  }

  @Test
  void shouldLetMostStayUntilAMacroStepHasSeenTheNewOnes() {
    MicroClusters clusters = clusters();
    for (int i = 0; i < 20; i++) {
      clusters.add(0, topics.near(0), "a" + i, "text");
    }
    long known = clusters.summaries(0).get(19).id();
    Set<Long> before = ids(clusters);
    for (int i = 0; i < 500; i++) {
      clusters.add(0, topics.near(0), "b" + i, "text", known);
    }
    Set<Long> after = ids(clusters);
    after.retainAll(before);
    assertThat(after).hasSize(15);
    assertThat(clusters.summaries(0).stream().mapToLong(MicroSummary::count).sum())
        .isBetween(515L, 520L); // what goes may have no related one to count for it
    clusters.add(0, topics.near(0), "c", "text", Collections.max(ids(clusters)));
    assertThat(ids(clusters)).hasSize(20).doesNotContain(Collections.min(before));
  }

  private static Set<Long> ids(MicroClusters clusters) {
    Set<Long> ids = new HashSet<>();
    clusters.summaries(0).forEach(summary -> ids.add(summary.id()));
    return ids;
  }

  @Test
  void shouldKeepOneMicroClusterWhenAllRecordsAreEqual() {
    MicroClusters clusters = clusters();
    float[] vector = topics.near(0);
    for (int i = 0; i < 500; i++) {
      clusters.add(0, vector, "a" + i, "text");
    }
    assertThat(clusters.summaries(0)).hasSize(1);
    MicroSummary only = clusters.summaries(0).get(0);
    assertThat(only.count()).isEqualTo(500);
    assertThat(only.spread()).isCloseTo(0, within(1e-5));
    assertThat(only.terms()).containsOnlyKeys("text");
  }

  @Test
  void shouldRefuseVectorsWithoutADirection() {
    MicroClusters clusters = clusters();
    float[] broken = topics.near(0);
    broken[1] = Float.NaN;
    assertThatThrownBy(() -> clusters.add(0, broken, "a", "text"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> clusters.add(0, new float[Topics.DIMENSION], "a", "text"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> clusters.add(0, new float[3], "a", "text"))
        .hasMessageContaining("3 dimensions, not 32");
    assertThat(clusters.size()).isZero();
  }

  @Test
  void shouldTellTheNearestMicroClustersOfARecordNearestFirst() {
    MicroClusters clusters = clusters();
    for (int i = 0; i < 200; i++) {
      clusters.add(0, topics.near(i % 4), "a" + i, "text");
    }
    float[] vector = topics.near(1);
    List<Neighbour> neighbours = clusters.neighbours(vector);
    assertThat(neighbours).hasSizeBetween(1, MicroClusters.NEIGHBOURS);
    assertThat(neighbours)
        .extracting(Neighbour::similarity)
        .isSortedAccordingTo(java.util.Comparator.reverseOrder());
    assertThat(clusters.add(0, vector, "b", "text").neighbours()).isEqualTo(neighbours);
  }

  @Test
  void shouldSayThatStoredBytesAreDamaged() {
    MicroClusters clusters = clusters();
    clusters.add(0, topics.near(0), "a", "text");
    for (Changed change : clusters.drainChanges()) {
      byte[] cut = java.util.Arrays.copyOf(change.bytes(), change.bytes().length - 1);
      assertThatThrownBy(() -> clusters().restore(change.id(), cut))
          .isInstanceOf(IllegalArgumentException.class);
      byte[] other = change.bytes().clone();
      other[0] = 9;
      assertThatThrownBy(() -> clusters().restore(change.id(), other))
          .hasMessageContaining("format 9");
    }
  }

  /** As the vectors of bge are: all share a direction, some records more of it than others. */
  @Test
  void shouldFindNeighboursWhereAllVectorsShareADirection() {
    int dimension = 128;
    int topicCount = 40;
    Random random = new Random(7);
    float[] common = gaussian(dimension, random);
    List<float[]> centres = new ArrayList<>();
    for (int topic = 0; topic < topicCount; topic++) {
      centres.add(gaussian(dimension, random));
    }
    MicroClusters clusters =
        new MicroClusters(MicroClusterOptions.DEFAULT.withMaxMicroClusters(4000), dimension, 3);
    Map<Long, Integer> topicOf = new HashMap<>();
    int alone = 0;
    int right = 0;
    for (int i = 0; i < 1500; i++) {
      int topic = random.nextInt(topicCount);
      float[] own = gaussian(dimension, random);
      float[] vector = new float[dimension];
      float share = 0.8f + 0.7f * random.nextFloat();
      for (int d = 0; d < dimension; d++) {
        vector[d] = share * common[d] + 0.8f * centres.get(topic)[d] + 0.8f * own[d];
      }
      Assignment assignment = clusters.add(i, vector, "a" + i, "text");
      topicOf.put(assignment.microCluster(), topic);
      if (i >= 1000) {
        alone += assignment.neighbours().isEmpty() ? 1 : 0;
        right +=
            !assignment.neighbours().isEmpty()
                    && topicOf.get(assignment.neighbours().get(0).microCluster()) == topic
                ? 1
                : 0;
      }
    }
    assertThat(alone).isLessThan(25);
    assertThat(right).isGreaterThan(450);
  }

  private static float[] gaussian(int dimension, Random random) {
    float[] vector = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      vector[d] = (float) random.nextGaussian();
    }
    return vector;
  }
}
