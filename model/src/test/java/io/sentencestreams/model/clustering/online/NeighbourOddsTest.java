package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class NeighbourOddsTest {
  /** Neighbours of a stream whose odds are known. */
  private static NeighbourOdds.Sample sample(double slope, double even) {
    Random random = new Random(7);
    NeighbourOdds.Sample sample = new NeighbourOdds.Sample();
    for (int i = 0; i < 50_000; i++) {
      double similarity = random.nextDouble();
      double together = 1 / (1 + Math.exp(-slope * (similarity - even)));
      sample.add(similarity, random.nextDouble() < together);
    }
    return sample;
  }

  @Test
  void shouldLearnTheOddsOfAStream() {
    NeighbourOdds odds = NeighbourOdds.UNKNOWN.learn(sample(20, 0.6), 1, 0.1);
    assertThat(odds.slope()).isCloseTo(20, within(1.0));
    assertThat(odds.even()).isCloseTo(0.6, within(0.01));
    assertThat(odds.weight(0.59)).isZero();
    assertThat(odds.weight(0.7)).isCloseTo(1 / (1 + Math.exp(-2)), within(0.03));
    assertThat(odds.least(0.9)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void shouldFollowAStreamThatChanges() {
    NeighbourOdds odds = NeighbourOdds.UNKNOWN.learn(sample(20, 0.6), 1, 0);
    for (int i = 0; i < 30; i++) {
      odds = odds.learn(sample(10, 0.3), 1, 0);
    }
    assertThat(odds.slope()).isCloseTo(10, within(1.0));
    assertThat(odds.even()).isCloseTo(0.3, within(0.01));
  }

  @Test
  void shouldAskOfANewcomerHalfOfWhatAUsualNearestNeighbourHasBeyondUnrelatedRecords() {
    NeighbourOdds odds = NeighbourOdds.UNKNOWN.learn(sample(20, 0.3), 0.8, 0.2);
    assertThat(odds.newcomer()).isCloseTo(0.5, within(1e-12));
    assertThat(odds.evidence(0.49)).isZero();
    assertThat(odds.evidence(0.6)).isCloseTo(20 * 0.1, within(0.1));
    assertThat(odds.weight(0.49)).isGreaterThan(0.9);
    // Where the odds are even only above that, they decide.
    NeighbourOdds higher = NeighbourOdds.UNKNOWN.learn(sample(20, 0.6), 0.8, 0.2);
    assertThat(higher.evidence(0.55)).isZero();
    assertThat(higher.evidence(0.7)).isCloseTo(20 * 0.1, within(0.2));
  }

  @Test
  void shouldStayWithinBoundsWhereClustersSayNothing() {
    NeighbourOdds.Sample apart = new NeighbourOdds.Sample();
    NeighbourOdds.Sample together = new NeighbourOdds.Sample();
    for (int i = 0; i < 100; i++) {
      apart.add(i / 100.0, false);
      together.add(i / 100.0, true);
    }
    NeighbourOdds odds = NeighbourOdds.UNKNOWN;
    for (int i = 0; i < 100; i++) {
      odds = odds.learn(apart, 0.7, 0);
      assertThat(odds.even()).isLessThanOrEqualTo(0.7);
    }
    for (int i = 0; i < 100; i++) {
      odds = odds.learn(together, 0.7, 0);
    }
    assertThat(odds.weight(0.5)).isGreaterThan(0.5);
    assertThat(odds.learn(new NeighbourOdds.Sample(), 0.7, 0)).isEqualTo(odds);
  }
}
