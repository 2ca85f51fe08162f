package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterModelTest {
  private static final float[] RECORD = axis(0);
  private static final ClusterModel MODEL =
      new ClusterModel(
          new MacroStep(
              0,
              List.of(cluster(1, axis(0)), cluster(2, axis(1))),
              List.of(),
              Map.of(1L, 1L, 2L, 2L, 3L, 2L),
              Map.of(4L, 4L, 5L, 4L),
              NeighbourOdds.UNKNOWN),
          Topics.DIMENSION);

  private static float[] axis(int axis) {
    float[] vector = new float[Topics.DIMENSION];
    vector[axis] = 1;
    return vector;
  }

  private static Cluster cluster(long id, float[] centroid) {
    return new Cluster(id, 1, 1, centroid, List.of(), List.of(), 0, 0, List.of());
  }

  private static Neighbour neighbour(long id, double similarity) {
    return new Neighbour(id, (float) similarity, Placed.NOISE);
  }

  private static Neighbour neighbour(long id, double similarity, long placed) {
    return new Neighbour(id, (float) similarity, placed);
  }

  @Test
  void shouldTellTheFirstOfSomethingNewItsIdUnlessNothingIsRelated() {
    ClusterModel model = withOdds(new NeighbourOdds(20, 0.5, 0, 0.5));
    List<Neighbour> related = List.of(neighbour(1, 0.4));
    assertThat(model.place(axis(5), new Assignment(11, 1, related, true)))
        .isEqualTo(new Placed(11, 1, true));
    assertThat(model.place(axis(5), new Assignment(11, 1, List.of(), true)).isNoise()).isTrue();
    // One that was only sampled begins nothing.
    assertThat(model.place(axis(5), new Assignment(1, 0.4f, related, false)).isNoise()).isTrue();
  }

  /** A group all of whose names are taken is provisional without one. */
  @Test
  void shouldNotFollowNeighboursThatHaveNoNameWhereOthersHave() {
    ClusterModel model =
        new ClusterModel(
            new MacroStep(
                0,
                List.of(cluster(1, axis(0))),
                List.of(),
                Map.of(1L, 1L),
                Map.of(4L, Placed.NOISE),
                NeighbourOdds.UNKNOWN),
            Topics.DIMENSION);
    Neighbour nameless = neighbour(4, 0.9);
    assertThat(model.place(RECORD, List.of(nameless, neighbour(1, 0.5))))
        .isEqualTo(new Placed(1, 1, false));
    assertThat(model.place(RECORD, List.of(nameless, neighbour(40, 0.5, Placed.NOISE))))
        .isEqualTo(new Placed(40, 0.5f, true));
    assertThat(model.place(RECORD, List.of(nameless)).isNoise()).isTrue();
  }

  @Test
  void shouldFollowTheMajorityOfNeighboursByTheirSimilarity() {
    assertThat(
            MODEL.place(RECORD, List.of(neighbour(1, 0.6), neighbour(2, 0.5), neighbour(3, 0.5))))
        .isEqualTo(new Placed(2, 0, false));
    assertThat(
            MODEL.place(RECORD, List.of(neighbour(1, 0.9), neighbour(2, 0.3), neighbour(3, 0.3))))
        .isEqualTo(new Placed(1, 1, false));
  }

  @Test
  void shouldGiveAProvisionalIdWhereTheNeighboursAreInNoClusterYet() {
    assertThat(
            MODEL.place(RECORD, List.of(neighbour(1, 0.6), neighbour(4, 0.5), neighbour(5, 0.4))))
        .isEqualTo(new Placed(4, 0.5f, true));
  }

  @Test
  void shouldLetARecordThatNoMacroStepHasSeenVoteForWhatWasSaidOfIt() {
    assertThat(
            MODEL.place(
                RECORD, List.of(neighbour(2, 0.6), neighbour(8, 0.5, 7), neighbour(9, 0.4, 7))))
        .isEqualTo(new Placed(7, 0.5f, true));
    assertThat(
            MODEL.place(
                RECORD, List.of(neighbour(2, 0.6), neighbour(8, 0.5, 1), neighbour(9, 0.4, 1))))
        .isEqualTo(new Placed(1, 1, false));
  }

  @Test
  void shouldNameWhatBeginsByTheRecordOfWhichNothingWasSaid() {
    assertThat(MODEL.place(RECORD, List.of(neighbour(9, 0.6))))
        .isEqualTo(new Placed(9, 0.6f, true));
  }

  @Test
  void shouldKnowWhatBecameOfAClusterThatWasProvisionalWhenARecordCame() {
    // Micro-cluster 3 had begun a group of its name; it has been found to be of cluster 2 since.
    assertThat(MODEL.place(RECORD, List.of(neighbour(9, 0.6, 3))))
        .isEqualTo(new Placed(2, 0, false));
    assertThat(MODEL.place(RECORD, List.of(neighbour(9, 0.6, 5))))
        .isEqualTo(new Placed(4, 0.6f, true));
  }

  @Test
  void shouldNotNameAClusterThatIsNoMore() {
    long elsewhere = 3L << 40; // an id of another partition
    ClusterModel model =
        new ClusterModel(
            new MacroStep(
                0,
                List.of(cluster(1, axis(0))),
                List.of(),
                Map.of(20L, 1L),
                Map.of(21L, elsewhere + 1),
                NeighbourOdds.UNKNOWN),
            Topics.DIMENSION);
    for (long gone : new long[] {12, elsewhere}) {
      assertThat(model.place(RECORD, List.of(neighbour(30, 0.6, gone))))
          .isEqualTo(new Placed(30, 0.6f, true));
    }
    assertThat(model.place(RECORD, List.of(neighbour(30, 0.6, elsewhere + 1))))
        .isEqualTo(new Placed(elsewhere + 1, 0.6f, true));
  }

  @Test
  void shouldFallBackOnTheClustersCentroidsWhereThereIsNoNeighbour() {
    assertThat(MODEL.place(RECORD, List.of())).isEqualTo(new Placed(1, 1, false));
    Placed nowhere = MODEL.place(axis(5), List.of());
    assertThat(nowhere.isNoise()).isTrue();
    assertThat(nowhere.provisional()).isFalse();
  }

  @Test
  void shouldCallARecordNoiseWhereItsNeighboursAreMoreLikelyOfOtherClusters() {
    ClusterModel model = withOdds(new NeighbourOdds(20, 0.5, 0, 0.5));
    assertThat(model.place(axis(5), List.of(neighbour(1, 0.49))).isNoise()).isTrue();
    assertThat(model.place(axis(5), List.of(neighbour(1, 0.51))).cluster()).isEqualTo(1);
  }

  @Test
  void shouldNotCountNeighboursWithLessThanHalfOfWhatTheNearestHasBeyondUnrelatedRecords() {
    List<Neighbour> neighbours = List.of(neighbour(1, 0.8), neighbour(2, 0.55), neighbour(3, 0.55));
    assertThat(withOdds(new NeighbourOdds(1, -1, 0.2, 0.2)).place(RECORD, neighbours).cluster())
        .isEqualTo(2);
    assertThat(withOdds(new NeighbourOdds(1, -1, 0.4, 0.4)).place(RECORD, neighbours).cluster())
        .isEqualTo(1);
  }

  private static ClusterModel withOdds(NeighbourOdds odds) {
    return new ClusterModel(
        new MacroStep(
            0,
            List.of(cluster(1, axis(0)), cluster(2, axis(1))),
            List.of(),
            Map.of(1L, 1L, 2L, 2L, 3L, 2L),
            Map.of(),
            odds),
        Topics.DIMENSION);
  }
}
