package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NeighbourGraphTest {
  private final Topics topics = new Topics(5);

  private MicroSummary summary(long id) {
    float[] centroid = id % 3 == 0 ? topics.anything() : topics.near((int) (id % 7));
    return new MicroSummary(id, 0, 1, 1, 1, 0, 0, 0, centroid, List.of(), Map.of());
  }

  @Test
  void shouldKnowTheNearestOfEachWhateverHasComeAndGone() {
    Random random = new Random(3);
    NeighbourGraph graph = new NeighbourGraph(Topics.DIMENSION);
    TreeMap<Long, MicroSummary> living = new TreeMap<>();
    long next = 1;
    for (int step = 0; step < 40; step++) {
      // Some steps take most away, so that what was kept beside the nearest runs out.
      int gone = step % 5 == 4 ? living.size() * 3 / 4 : random.nextInt(10);
      for (int i = 0; i < gone && !living.isEmpty(); i++) {
        List<Long> ids = new ArrayList<>(living.keySet());
        living.remove(ids.get(random.nextInt(ids.size())));
      }
      for (int i = 0; i < 30; i++) {
        living.put(next, summary(next));
        next++;
      }
      long changed = living.firstKey();
      living.put(changed, summary(changed));
      List<NeighbourGraph.Node> nodes = graph.update(List.copyOf(living.values()));
      assertThat(neighbours(nodes)).isEqualTo(nearest(List.copyOf(living.values())));
    }
  }

  private static List<List<Integer>> neighbours(List<NeighbourGraph.Node> nodes) {
    List<List<Integer>> all = new ArrayList<>();
    for (NeighbourGraph.Node node : nodes) {
      List<Integer> ranks = new ArrayList<>();
      for (int rank = 0; rank < node.count(); rank++) {
        ranks.add(node.neighbour(rank));
      }
      all.add(ranks);
    }
    return all;
  }

  private static List<List<Integer>> nearest(List<MicroSummary> summaries) {
    List<List<Integer>> all = new ArrayList<>();
    for (int i = 0; i < summaries.size(); i++) {
      float[] similarities = new float[summaries.size()];
      List<Integer> others = new ArrayList<>();
      for (int j = 0; j < summaries.size(); j++) {
        for (int d = 0; d < Topics.DIMENSION; d++) {
          similarities[j] += summaries.get(i).centroid()[d] * summaries.get(j).centroid()[d];
        }
        if (j != i) {
          others.add(j);
        }
      }
      others.sort((a, b) -> Float.compare(similarities[b], similarities[a]));
      all.add(others.subList(0, Math.min(NeighbourGraph.NEIGHBOURS, others.size())));
    }
    return all;
  }
}
