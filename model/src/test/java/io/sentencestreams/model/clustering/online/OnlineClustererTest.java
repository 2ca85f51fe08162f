package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OnlineClustererTest {
  private static final int EVERY = 1000; // longer than a test: steps are called for

  private final Topics topics = new Topics(3);
  private final OnlineClusterer clusterer =
      new OnlineClusterer(
          MicroClusterOptions.DEFAULT, MacroOptions.DEFAULT, Topics.DIMENSION, EVERY);
  private int records;

  private Placed add(int topic) {
    return clusterer.add(records, topics.near(topic), "a" + records++, "text");
  }

  private void know(int topicCount) {
    for (int i = 0; i < 200; i++) {
      add(i % topicCount);
    }
    clusterer.step();
  }

  @Test
  void shouldGiveABurstOfANewTopicOneIdBeforeAMacroStepAndKeepIt() {
    know(4);
    Set<Long> known = new HashSet<>(clusterer.last().orElseThrow().assignments().values());
    Set<Long> said = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      Placed placed = add(9);
      assertThat(placed.provisional()).isTrue();
      said.add(placed.cluster());
    }
    assertThat(said).hasSize(1).doesNotContainAnyElementsOf(known);
    MacroStep step = clusterer.step();
    assertThat(step.clusters()).extracting(Cluster::id).containsAll(said);
    assertThat(said).contains(add(9).cluster());
  }

  @Test
  void shouldPlaceRecordsOfKnownTopicsAmongManyThatNoMacroStepHasSeen() {
    know(4);
    long[] clusters = new long[4];
    for (int topic = 0; topic < clusters.length; topic++) {
      clusters[topic] = add(topic).cluster();
    }
    // More of each than a record has neighbours, so that those of late are the nearest.
    for (int i = 0; i < 400; i++) {
      Placed placed = add(i % 4);
      assertThat(placed.cluster()).isEqualTo(clusters[i % 4]);
      assertThat(placed.provisional()).isFalse();
    }
  }
}
