package io.sentencestreams.model.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowSnapshotTest {
  private static final long FIRST = Long.MIN_VALUE;
  private static final long LAST = Long.MAX_VALUE;
  private static final Comparator<Match> BEST_FIRST =
      Comparator.comparingDouble((Match match) -> -match.similarity())
          .thenComparingLong(Match::time)
          .thenComparingLong(Match::handle);

  @ParameterizedTest
  @CsvSource({"64, 1, -1", "64, 10, -1", "64, 10, 0.7", "384, 10, -1", "3, 50, 0.2", "1, 5, -1"})
  void shouldListTheNearestExactlyAsBruteForceDoes(int dimension, int k, float minSimilarity) {
    int size = 3000;
    short[][] vectors = clustered(4, size, dimension);
    VectorWindow window = new VectorWindow(dimension, 0.7f, 500);
    for (int i = 0; i < size; i++) {
      window.add(i, i, vectors[i]);
    }
    for (int i = 1; i < size; i += 7) {
      assertThat(window.remove(i, i)).isTrue();
    }
    WindowSnapshot snapshot = window.snapshot();
    for (int q = 0; q < size; q += 150) {
      long[] candidates = LongStream.rangeClosed(600, 2399).filter(i -> i % 7 != 1).toArray();
      assertThat(snapshot.nearest(vectors[q], k, minSimilarity, 600, 2399))
          .isEqualTo(bruteForce(vectors, candidates, vectors[q], k, minSimilarity));
    }
  }

  @Test
  void shouldStayWhatItWasWhenTheWindowGoesOn() {
    short[][] vectors = clustered(5, 2000, 32);
    VectorWindow window = new VectorWindow(32, 0.7f, 100);
    for (int i = 0; i < 500; i++) {
      window.add(i, i, vectors[i]);
    }
    WindowSnapshot snapshot = window.snapshot();
    List<Match> before = snapshot.nearest(vectors[0], 500, -1, FIRST, LAST);

    window.remove(499, 499);
    window.expire(300);
    for (int i = 500; i < 2000; i++) {
      window.add(i, i, vectors[i]);
    }
    window.expire(1500);

    assertThat(snapshot.size()).isEqualTo(500);
    assertThat(snapshot.nearest(vectors[0], 500, -1, FIRST, LAST)).isEqualTo(before).hasSize(500);
    assertThat(snapshot.vector(499, 499)).isEqualTo(vectors[499]);
    assertThat(snapshot.vector(500, 500)).isNull();
    assertThat(window.snapshot().vector(1999, 1999)).isEqualTo(vectors[1999]);
    assertThat(window.snapshot().vector(499, 499)).isNull();
  }

  @Test
  void shouldListNothingWhereNothingIs() {
    VectorWindow window = new VectorWindow(2, 0.5f, 10);
    short[] vector = FixedPointVector.of(new float[] {1, 0});

    assertThat(window.snapshot().nearest(vector, 3, -1, FIRST, LAST)).isEmpty();
    assertThat(WindowSnapshot.EMPTY.nearest(vector, 3, -1, FIRST, LAST)).isEmpty();
    window.add(1, 1, vector);
    WindowSnapshot snapshot = window.snapshot();
    assertThat(snapshot.nearest(vector, 0, -1, FIRST, LAST)).isEmpty();
    assertThat(snapshot.nearest(vector, 3, -1, 2, LAST)).isEmpty();
    assertThat(snapshot.nearest(vector, 3, -1, FIRST, LAST)).containsExactly(new Match(1, 1, 1f));
    assertThatThrownBy(() -> snapshot.nearest(new short[3], 3, -1, FIRST, LAST))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 dimensions in a window of 2");
  }

  /** One thread slides the window; others search what it was at moments of their own. */
  @Test
  void shouldNeverShowATornWindowToOtherThreads() throws Exception {
    int width = 1500;
    short[][] vectors = clustered(6, 12_000, 48);
    VectorWindow window = new VectorWindow(48, 0.7f, width / 8);
    TreeMap<Long, Boolean> live = new TreeMap<>();
    Object monitor = new Object();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Future<Integer> writer =
          threads.submit(
              () -> {
                for (int i = 0; i < vectors.length; i++) {
                  synchronized (monitor) {
                    window.add(i, i, vectors[i]);
                    live.put((long) i, true);
                    if (i % 5 == 0 && i > 20 && live.containsKey(i - 20L)) {
                      window.remove(i - 20, i - 20);
                      live.remove(i - 20L);
                    }
                    if (i % 64 == 0) {
                      long before = Math.floorDiv(Math.max(0, i - width), width / 8) * (width / 8L);
                      window.expire(before);
                      live.headMap(before).clear();
                    }
                  }
                }
                return live.size();
              });
      List<Future<Integer>> readers = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        Random random = new Random(reader);
        readers.add(
            threads.submit(
                () -> {
                  int searches = 0;
                  while (searches < 10 || !writer.isDone()) {
                    WindowSnapshot snapshot;
                    long[] expected;
                    synchronized (monitor) {
                      snapshot = window.snapshot();
                      expected = live.keySet().stream().mapToLong(handle -> handle).toArray();
                    }
                    short[] query = vectors[random.nextInt(vectors.length)];
                    assertThat(snapshot.nearest(query, 20, -1, FIRST, LAST))
                        .isEqualTo(bruteForce(vectors, expected, query, 20, -1));
                    searches++;
                  }
                  return searches;
                }));
      }
      assertThat(writer.get()).isPositive();
      for (Future<Integer> reader : readers) {
        assertThat(reader.get()).isGreaterThanOrEqualTo(10);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<Match> bruteForce(
      short[][] vectors, long[] candidates, short[] query, int k, float minSimilarity) {
    return Arrays.stream(candidates)
        .mapToObj(i -> new Match(i, i, FixedPointVector.similarity(query, vectors[(int) i])))
        .filter(match -> match.similarity() >= minSimilarity)
        .sorted(BEST_FIRST)
        .limit(k)
        .toList();
  }

  private static short[][] clustered(int seed, int size, int dimension) {
    return Arrays.stream(TestVectors.clustered(new Random(seed), size, dimension))
        .map(FixedPointVector::of)
        .toArray(short[][]::new);
  }
}
