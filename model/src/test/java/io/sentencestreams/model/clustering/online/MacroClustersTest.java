package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MacroClustersTest {
  private static final long HALF_LIFE = 1000;
  private static final MicroClusterOptions MICRO =
      MicroClusterOptions.DEFAULT.withHalfLife(HALF_LIFE).withMaxMicroClusters(200);
  private static final MacroOptions MACRO = MacroOptions.DEFAULT.withHalfLife(HALF_LIFE);

  private final Topics topics = new Topics(2);

  private MicroClusters stream(int topicCount, int records) {
    MicroClusters micro = new MicroClusters(MICRO, Topics.DIMENSION, 0);
    for (int i = 0; i < records; i++) {
      micro.add(0, topics.near(i % topicCount), "a" + i, "word" + i % topicCount + " the");
    }
    return micro;
  }

  @Test
  void shouldFindTheTopicsWithoutBeingToldHowMany() {
    MacroStep step = new MacroClusters(MACRO).step(0, stream(4, 300).summaries(0));
    assertThat(step.clusters()).hasSize(4);
    assertThat(step.events()).hasSize(4).allMatch(ClusterEvent.Appeared.class::isInstance);
    for (Cluster cluster : step.clusters()) {
      assertThat(cluster.terms().get(0)).startsWith("word");
      assertThat(cluster.representatives()).isNotEmpty();
      assertThat(cluster.representatives())
          .allMatch(typical -> typical.text().startsWith(cluster.terms().get(0)));
      assertThat(cluster.size()).isBetween(50L, 75L);
    }
  }

  @Test
  void shouldLeaveItsInputAsItIs() {
    List<MicroSummary> summaries = stream(3, 200).summaries(0);
    List<String> before = hex(summaries);
    MacroClusters macro = new MacroClusters(MACRO);
    macro.step(500, summaries);
    macro.step(900, summaries);
    assertThat(hex(summaries)).isEqualTo(before);
  }

  private static List<String> hex(List<MicroSummary> summaries) {
    return summaries.stream().map(summary -> HexFormat.of().formatHex(summary.toBytes())).toList();
  }

  @Test
  void shouldReportNoClusterWhereNothingIsRelated() {
    MicroClusters micro = new MicroClusters(MICRO, Topics.DIMENSION, 0);
    for (int i = 0; i < Topics.DIMENSION; i++) {
      float[] axis = new float[Topics.DIMENSION];
      axis[i] = 1;
      micro.add(0, axis, "a" + i, "text " + i);
    }
    MacroStep step = new MacroClusters(MACRO).step(0, micro.summaries(0));
    assertThat(step.clusters()).isEmpty();
    assertThat(step.assignments()).isEmpty();
  }

  @Test
  void shouldReportNoClusterBeforeThereIsEnoughEvidence() {
    MicroClusters micro = new MicroClusters(MICRO, Topics.DIMENSION, 0);
    float[] vector = topics.near(0);
    for (int i = 0; i < 2; i++) {
      micro.add(0, vector, "a" + i, "text");
    }
    MacroClusters macro = new MacroClusters(MACRO);
    assertThat(macro.step(0, micro.summaries(0)).clusters()).isEmpty();
    micro.add(0, vector, "a2", "text");
    assertThat(macro.step(0, micro.summaries(0)).clusters()).hasSize(1);
  }

  @Test
  void shouldHaveNothingToSayBeforeTheFirstRecord() {
    MacroStep step = new MacroClusters(MACRO).step(0, List.of());
    assertThat(step.clusters()).isEmpty();
    OnlineClusterer clusterer = new OnlineClusterer(MICRO, MACRO, Topics.DIMENSION, 10);
    assertThat(clusterer.last()).isEmpty();
    assertThat(clusterer.step().clusters()).isEmpty();
    assertThat(clusterer.add(0, topics.near(0), "a", "text").isNoise()).isTrue();
  }

  @Test
  void shouldFollowAChainOfMicroClustersToItsEnd() {
    // A row of neighbours, each close to the next: one hop from the first reaches the second only.
    List<MicroSummary> chain = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      double angle = 0.12 * i;
      float[] centroid = new float[Topics.DIMENSION];
      centroid[0] = (float) Math.cos(angle);
      centroid[1] = (float) Math.sin(angle);
      chain.add(summary(1 + i, centroid));
    }
    for (int i = 0; i < 6; i++) {
      float[] centroid = new float[Topics.DIMENSION];
      centroid[2 + i] = 1;
      chain.add(summary(10 + i, centroid));
    }
    Map<Long, Long> found = new MacroClusters(MACRO).step(0, chain).assignments();
    for (long id = 2; id <= 6; id++) {
      assertThat(found.get(id)).isEqualTo(found.get(1L));
    }
    assertThat(found.get(10L)).isNotEqualTo(found.get(1L));
  }

  private static MicroSummary summary(long id, float[] centroid) {
    return new MicroSummary(id, 0, 10, 10, 10, 0, 0, 0, centroid, List.of(), Map.of());
  }

  @Test
  void shouldKeepIdentityWhileTopicsGrowAndOverARestart() {
    MicroClusters micro = stream(3, 150);
    MacroClusters macro = new MacroClusters(MACRO);
    MacroStep first = macro.step(0, micro.summaries(0));
    long known = new ClusterModel(first, Topics.DIMENSION).newest();
    for (int i = 0; i < 300; i++) {
      micro.add(10, topics.near(i % 3), "b" + i, "word" + i % 3, known);
    }
    MacroClusters restarted = MacroClusters.fromBytes(macro.toBytes(), MACRO);
    MacroStep second = restarted.step(10, micro.summaries(10));
    assertThat(second.events()).isEmpty();
    assertThat(second.clusters())
        .extracting(Cluster::id)
        .containsExactlyElementsOf(first.clusters().stream().map(Cluster::id).toList());
    assertThat(macro.step(10, micro.summaries(10)).assignments()).isEqualTo(second.assignments());
    for (int i = 0; i < second.clusters().size(); i++) {
      assertThat(second.clusters().get(i).terms().get(0))
          .isEqualTo(first.clusters().get(i).terms().get(0));
    }
  }

  @Test
  void shouldPublishAClusterUnderTheIdThatItsFirstRecordsHadProvisionally() {
    OnlineClusterer clusterer = new OnlineClusterer(MICRO, MACRO, Topics.DIMENSION, 1000);
    Map<Long, Long> provisional = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      Placed placed = clusterer.add(0, topics.near(i % 2), "a" + i, "word" + i % 2);
      assertThat(placed.isNoise() || placed.provisional()).isTrue();
      provisional.merge(placed.cluster(), 1L, Long::sum);
    }
    provisional.remove(Placed.NOISE);
    List<Cluster> clusters = clusterer.step().clusters();
    assertThat(clusters).hasSize(2);
    for (Cluster cluster : clusters) {
      // Each topic has 150 records; the first come before anything is known of similarities.
      assertThat(provisional.getOrDefault(cluster.id(), 0L))
          .as("%d of %s", cluster.id(), provisional)
          .isGreaterThan(130);
    }
    assertThat(clusterer.place(topics.near(0)).provisional()).isFalse();
  }

  @Test
  void shouldNameAClusterByItsEarliestRecordInWhateverPartition() {
    MicroClusters low = new MicroClusters(MICRO, Topics.DIMENSION, 0);
    MicroClusters high = new MicroClusters(MICRO, Topics.DIMENSION, 1);
    for (int i = 0; i < 200; i++) {
      high.add(i, topics.near(i % 4), "h" + i, "word");
      low.add(i + 10, topics.near(i % 4), "l" + i, "word");
    }
    List<MicroSummary> all = new ArrayList<>(low.summaries(210));
    all.addAll(high.summaries(210));
    MacroStep step = new MacroClusters(MACRO).step(210, all);
    Map<Long, MicroSummary> earliest = new HashMap<>();
    for (MicroSummary summary : all) {
      Long cluster = step.assignments().get(summary.id());
      if (cluster != null) {
        earliest.merge(cluster, summary, (a, b) -> a.firstSeen() <= b.firstSeen() ? a : b);
      }
    }
    assertThat(earliest).isNotEmpty();
    earliest.forEach((cluster, micro) -> assertThat(cluster).isEqualTo(micro.id()));
    assertThat(step.assignments())
        .as("some of the lower partition are in a cluster named by the higher")
        .anySatisfy(
            (micro, cluster) -> {
              assertThat(micro >> 40).isZero();
              assertThat(cluster >> 40).isOne();
            });
  }

  @Test
  void shouldNotGiveTheIdOfALivingClusterWhoseMicroClusterWasAway() {
    MacroClusters macro = new MacroClusters(MACRO);
    List<MicroSummary> near = stream(4, 300).summaries(0);
    long id = macro.step(0, near).clusters().get(0).id();
    List<MicroSummary> without = near.stream().filter(summary -> summary.id() != id).toList();
    assertThat(macro.step(1, without).clusters()).extracting(Cluster::id).contains(id);
    MicroClusters another = new MicroClusters(MICRO, Topics.DIMENSION, 1);
    for (int i = 0; i < 300; i++) {
      another.add(1, topics.near(5), "c" + i, "other");
    }
    List<MicroSummary> all = new ArrayList<>(without);
    for (MicroSummary summary : another.summaries(1)) {
      all.add(all.size() == without.size() ? named(summary, id) : summary);
    }
    MacroStep step = macro.step(1, all);
    assertThat(step.clusters()).extracting(Cluster::id).contains(id);
    assertThat(step.assignments().get(id)).isNotNull().isNotEqualTo(id);
  }

  /** A summary under another id, of earlier records than all others. */
  private static MicroSummary named(MicroSummary from, long id) {
    return new MicroSummary(
        id,
        from.time(),
        from.weight(),
        from.squares(),
        from.count(),
        from.placed(),
        -1,
        from.lastSeen(),
        from.centroid(),
        from.representatives(),
        from.terms());
  }

  @Test
  void shouldGoOnFromItsStoredStateAsIfNothingHadHappened() {
    MicroClusters micro = stream(2, 10);
    MacroClusters lost = new MacroClusters(MACRO);
    MacroClusters restored = new MacroClusters(MACRO);
    for (int i = 0; i < 60; i++) {
      for (int record = 0; record < 5; record++) {
        float[] vector = record < 3 ? topics.near((i + record) % 9) : topics.anything();
        micro.add(i, vector, "b" + i + "." + record, "text");
      }
      MacroStep expected = lost.step(i, micro.summaries(i));
      restored = MacroClusters.fromBytes(restored.toBytes(), MACRO);
      MacroStep found = restored.step(i, micro.summaries(i));
      assertThat(found.events()).isEqualTo(expected.events());
      assertThat(found.assignments()).isEqualTo(expected.assignments());
      assertThat(found.provisional()).isEqualTo(expected.provisional());
      assertThat(restored.toBytes()).isEqualTo(lost.toBytes());
    }
  }

  @Test
  void shouldFadeAClusterThatNoRecordComesToAndNeverGiveItsIdAgain() {
    MicroClusters micro = stream(2, 100);
    MacroClusters macro = new MacroClusters(MACRO);
    List<Cluster> first = macro.step(0, micro.summaries(0)).clusters();
    MacroStep later = macro.step(20 * HALF_LIFE, micro.summaries(20 * HALF_LIFE));
    assertThat(later.clusters()).isEmpty();
    assertThat(later.events())
        .containsExactlyElementsOf(
            first.stream().map(c -> (ClusterEvent) new ClusterEvent.Faded(c.id())).toList());
    MacroStep again = macro.step(0, stream(2, 100).summaries(0));
    assertThat(again.clusters())
        .hasSize(2)
        .noneMatch(c -> first.stream().anyMatch(old -> old.id() == c.id()));
  }

  @Test
  void shouldNameTheParentOfClustersThatMergeAndThenOfOneThatSplits() {
    List<MicroSummary> others = new ArrayList<>();
    for (int topic = 2; topic < 6; topic++) {
      others.addAll(topic(100L * topic, topic, topic, 0));
    }
    MacroClusters macro = new MacroClusters(MACRO);
    MacroStep apart = macro.step(0, with(others, topic(10, 0, 1, 0), topic(20, 1, 0, 0)));
    long first = apart.assignments().get(10L);
    long second = apart.assignments().get(20L);
    assertThat(first).isNotEqualTo(second);
    // Both drift together.
    MacroStep merged = macro.step(0, with(others, topic(10, 0, 1, 1), topic(20, 1, 0, 1)));
    assertThat(merged.events()).contains(new ClusterEvent.MergedInto(second, first));
    assertThat(merged.clusters())
        .filteredOn(cluster -> cluster.id() == first)
        .singleElement()
        .satisfies(cluster -> assertThat(cluster.parents()).containsExactly(second));
    MacroStep split = macro.step(0, with(others, topic(10, 0, 1, 0), topic(20, 1, 0, 0)));
    assertThat(split.events())
        .filteredOn(ClusterEvent.SplitFrom.class::isInstance)
        .extracting(event -> ((ClusterEvent.SplitFrom) event).parent())
        .contains(first);
  }

  @Test
  void shouldNotTellTheIdOfAClusterToWhatTakesOverTheRestOfItStepByStep() {
    List<MicroSummary> others = new ArrayList<>();
    for (int topic = 2; topic < 6; topic++) {
      others.addAll(topic(100L * topic, topic, topic, 0));
    }
    MacroClusters macro = new MacroClusters(MACRO);
    long old = macro.step(0, with(others, topic(10, 0, 1, 0))).assignments().get(10L);
    for (double share = 0.5; share < 1.3; share += 0.5) {
      MacroStep step = macro.step(0, with(others, topic(10, 0, 1, share).subList(0, 4)));
      assertThat(step.assignments()).as("share %s", share).containsEntry(10L, old);
    }
    MacroStep taken = macro.step(0, with(others, topic(10, 1, 0, 0.1).subList(0, 4)));
    long id = taken.assignments().get(10L);
    assertThat(id).isNotEqualTo(old);
    assertThat(taken.events())
        .containsExactlyInAnyOrder(
            new ClusterEvent.SplitFrom(id, old), new ClusterEvent.Faded(old));
    MacroStep next = macro.step(0, with(others, topic(10, 1, 0, 0.1).subList(0, 4)));
    assertThat(next.events()).isEmpty();
    assertThat(next.assignments()).containsEntry(10L, id);
  }

  @Test
  void shouldKeepTheIdOfAClusterWhoseSubjectChangesWithAllItsRecords() {
    List<MicroSummary> others = new ArrayList<>();
    for (int topic = 2; topic < 6; topic++) {
      others.addAll(topic(100L * topic, topic, topic, 0));
    }
    MacroClusters macro = new MacroClusters(MACRO);
    long id = macro.step(0, with(others, topic(10, 0, 1, 0))).assignments().get(10L);
    for (double share = 0.5; share < 1.3; share += 0.5) {
      macro.step(0, with(others, topic(10, 0, 1, share)));
    }
    for (double share = 0.5; share > -0.3; share -= 0.5) {
      MacroStep step = macro.step(0, with(others, topic(10, 1, 0, share)));
      assertThat(step.assignments()).as("share %s", share).containsEntry(10L, id);
    }
  }

  /** Micro-clusters around one axis, or between two. */
  private static List<MicroSummary> topic(long id, int main, int second, double share) {
    List<MicroSummary> topic = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      float[] vector = new float[Topics.DIMENSION];
      vector[main] += 1;
      vector[second] += (float) share;
      vector[10 + i] = 0.3f;
      Vectors.unit(vector.clone(), vector.length, vector);
      topic.add(summary(id + i, vector));
    }
    return topic;
  }

  @Test
  void shouldNotCutTheTopicsOfAStreamThatHasFew() {
    assertThat(new MacroClusters(MACRO).step(0, stream(2, 200).summaries(0)).clusters()).hasSize(2);
  }

  @SafeVarargs
  private static List<MicroSummary> with(List<MicroSummary>... lists) {
    List<MicroSummary> all = new ArrayList<>();
    for (List<MicroSummary> list : lists) {
      all.addAll(list);
    }
    return all;
  }
}
