package io.sentencestreams.model.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorWindowTest {
  private static final long ALWAYS_FROM = Long.MIN_VALUE;
  private static final long ALWAYS_TO = Long.MAX_VALUE;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 64, 100, 384})
  void shouldFindExactlyWhatBruteForceFindsInASmallWindow(int dimension) {
    short[][] vectors = clustered(dimension, 900, dimension);
    VectorWindow window = new VectorWindow(dimension, 0.5f, 50);
    for (int i = 0; i < vectors.length; i++) {
      assertThat(found(window, vectors[i], 0.9f, i - 300, i))
          .isEqualTo(truth(vectors, i, 300, 0.9f));
      window.add(i, i, vectors[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "384, 0.95, 12000",
    "384, 0.9, 12000",
    "384, 0.8, 8000",
    "384, 0.7, 8000",
    "384, 0.5, 3000",
    "100, 0.9, 8000",
    "16, 0.9, 8000",
    "3, 0.99, 3000"
  })
  void shouldFindAtLeast995OfAThousandPairsAndNoFalseOneWhileItSlides(
      int dimension, float threshold, int size) {
    short[][] vectors = clustered(7, size, dimension);
    int width = size / 2;
    VectorWindow window = new VectorWindow(dimension, threshold, width / 16);
    long pairs = 0;
    long hits = 0;
    for (int i = 0; i < size; i++) {
      if (i % 4 == 0) {
        Set<Long> truth = truth(vectors, i, width, threshold);
        Set<Long> found = found(window, vectors[i], threshold, i - width, i);
        assertThat(truth).containsAll(found);
        pairs += truth.size();
        hits += found.size();
      }
      window.add(i, i, vectors[i]);
      window.expire(i - width);
    }
    assertThat(pairs).isGreaterThan(300);
    assertThat(hits / (double) pairs).isGreaterThanOrEqualTo(0.995);
  }

  @Test
  void shouldFindEachVectorAgainWhateverTheOrderOfTimes() {
    int size = 6000;
    short[][] vectors = clustered(3, size, 64);
    Random random = new Random(3);
    long[] times = random.longs(size, -100_000, 100_000).toArray();
    VectorWindow window = new VectorWindow(64, 0.7f, 1000);
    IntStream.range(0, size).forEach(i -> window.add(i, times[i], vectors[i]));

    for (int i = 0; i < size; i++) {
      assertThat(found(window, vectors[i], 0.999f, times[i], times[i])).contains((long) i);
      assertThat(found(window, vectors[i], 0.999f, times[i] + 1, ALWAYS_TO))
          .doesNotContain((long) i);
      assertThat(found(window, vectors[i], 0.999f, ALWAYS_FROM, times[i] - 1))
          .doesNotContain((long) i);
    }
    long expired = window.expire(-50_000);
    assertThat(expired)
        .isEqualTo(Arrays.stream(times).filter(time -> Math.floorDiv(time, 1000) < -50).count());
    assertThat(window.size()).isEqualTo(size - expired);
    for (int i = 0; i < size; i++) {
      assertThat(found(window, vectors[i], 0.999f, times[i], times[i]).contains((long) i))
          .isEqualTo(times[i] >= -50_000);
    }
  }

  @Test
  void shouldNameSomeThatAreThereUntilNoneIs() {
    short[][] vectors = clustered(5, 1000, 16);
    VectorWindow window = new VectorWindow(16, 0.7f, 100);
    for (int i = 0; i < vectors.length; i++) {
      window.add(i, i, vectors[i]);
    }
    assertThat(window.handles(5000)).hasSize(1000).doesNotHaveDuplicates();
    window.expire(200);
    Set<Long> left = new HashSet<>();
    for (long i = 200; i < 1000; i++) {
      left.add(i);
    }
    for (long[] some = window.handles(300); some.length > 0; some = window.handles(300)) {
      assertThat(some).hasSize(Math.min(300, left.size()));
      for (long handle : some) {
        assertThat(left.remove(handle)).as("%d is there", handle).isTrue();
        window.remove(handle, handle);
      }
    }
    assertThat(left).isEmpty();
  }

  @Test
  void shouldStayWholeWhenAClockJumpsAYearAheadInOneRecord() {
    VectorWindow window = new VectorWindow(4, 0.5f, 1000);
    short[] vector = FixedPointVector.of(new float[] {1, 2, 3, 4});
    window.add(1, 5_000, vector);
    window.add(2, 31_536_000_000L, vector);
    window.add(3, 5_001, vector);

    assertThat(found(window, vector, 0.9f, 4_000, 6_000)).containsExactlyInAnyOrder(1L, 3L);
    assertThat(window.expire(6_000)).isEqualTo(2);
    assertThat(found(window, vector, 0.9f, ALWAYS_FROM, ALWAYS_TO)).containsExactly(2L);
  }

  @Test
  void shouldKeepAnExpiredSliceUntilAllOfItHasExpired() {
    VectorWindow window = new VectorWindow(2, 0.5f, 100);
    short[] vector = FixedPointVector.of(new float[] {1, 1});
    window.add(1, 100, vector);
    window.add(2, 199, vector);

    assertThat(window.expire(199)).isZero();
    assertThat(window.expire(200)).isEqualTo(2);
    assertThat(window.size()).isZero();
  }

  @Test
  void shouldRemoveOneVectorAndNoOther() {
    int size = 5000;
    short[][] vectors = clustered(5, size, 32);
    VectorWindow window = new VectorWindow(32, 0.5f, 500);
    IntStream.range(0, size).forEach(i -> window.add(i, i, vectors[i]));

    assertThat(window.remove(7, 8)).isFalse();
    assertThat(window.remove(size, 7)).isFalse();
    for (int i = 0; i < size; i += 2) {
      assertThat(window.remove(i, i)).isTrue();
      assertThat(window.remove(i, i)).isFalse();
    }
    assertThat(window.size()).isEqualTo(size / 2);
    for (int i = 0; i < size; i++) {
      assertThat(found(window, vectors[i], 0.999f, i, i).contains((long) i)).isEqualTo(i % 2 == 1);
    }
  }

  @Test
  void shouldGiveItsMemoryBackWhenAllIsRemovedOrExpired() {
    short[][] vectors = clustered(6, 5000, 32);
    VectorWindow window = new VectorWindow(32, 0.5f, 500);
    long empty = window.memoryBytes();
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < vectors.length; i++) {
        window.add(i, i, vectors[i]);
      }
      for (int i = 0; i < vectors.length / 2; i++) {
        window.remove(i, i);
      }
      window.expire(vectors.length);
      assertThat(window.size()).isZero();
    }
    assertThat(window.memoryBytes()).isLessThan(empty + 200_000);
  }

  @Test
  void shouldTakeLessThan1Point3TimesTheFloat16Vectors() {
    int width = 10_000;
    short[][] vectors = clustered(9, 14_000, 384);
    VectorWindow window = new VectorWindow(384, 0.7f, width / 32);
    for (int i = 0; i < vectors.length; i++) {
      window.add(i, i, vectors[i]);
      window.expire(i - width);
    }
    double float16 = 2.0 * 384 * width;
    assertThat(window.memoryBytes() / float16).isBetween(1.0, 1.3);
  }

  @Test
  void shouldGrowInProportionWhereAllVectorsAreEqualAndStopWhenTold() {
    short[] vector = FixedPointVector.of(TestVectors.gaussian(new Random(1), 64, 1));
    VectorWindow window = new VectorWindow(64, 0.7f, 1000);
    for (int i = 0; i < 30_000; i++) {
      int[] visited = {0};
      window.search(
          vector, 0.9f, ALWAYS_FROM, ALWAYS_TO, (handle, time, similarity) -> ++visited[0] < 3);
      assertThat(visited[0]).isEqualTo(Math.min(i, 3));
      window.add(i, i, vector);
    }
    assertThat(window.memoryBytes() / 30_000.0).isBetween(128.0, 2 * 128.0);
    assertThat(found(window, vector, 1f, ALWAYS_FROM, ALWAYS_TO)).hasSize(30_000);
  }

  @Test
  void shouldMatchAtTheThresholdAndEqualVectorsAtOne() {
    VectorWindow window = new VectorWindow(2, -1f, 1000);
    short[] right = FixedPointVector.of(new float[] {1, 0});
    short[] up = FixedPointVector.of(new float[] {0, 1});
    short[] left = FixedPointVector.of(new float[] {-1, 0});
    window.add(1, 0, right);
    window.add(2, 0, up);
    window.add(3, 0, left);

    assertThat(found(window, right, 1f, 0, 0)).containsExactly(1L);
    assertThat(found(window, right, 0f, 0, 0)).containsExactlyInAnyOrder(1L, 2L);
    assertThat(found(window, right, -1f, 0, 0)).containsExactlyInAnyOrder(1L, 2L, 3L);
  }

  @Test
  void shouldFindNothingWhereNothingIs() {
    VectorWindow window = new VectorWindow(2, 0.5f, 10);

    assertThat(found(window, FixedPointVector.of(new float[] {1, 0}), 0.5f, ALWAYS_FROM, ALWAYS_TO))
        .isEmpty();
  }

  @Test
  void shouldReportTheCosineOfAMatch() {
    short[][] vectors = clustered(8, 3000, 384);
    VectorWindow window = new VectorWindow(384, 0.7f, 500);
    for (int i = 0; i < vectors.length; i++) {
      short[] query = vectors[i];
      window.search(
          query,
          0.8f,
          ALWAYS_FROM,
          ALWAYS_TO,
          (handle, time, similarity) -> {
            assertThat(similarity)
                .isCloseTo(
                    FixedPointVector.similarity(query, vectors[(int) handle]), within(1e-6f));
            return true;
          });
      window.add(i, i, query);
    }
  }

  @Test
  void shouldRefuseAnotherDimensionAndALowerThreshold() {
    VectorWindow window = new VectorWindow(3, 0.8f, 10);

    assertThatThrownBy(() -> window.add(1, 1, new short[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 dimensions in a window of 3");
    assertThatThrownBy(
            () -> window.search(new short[3], 0.7f, 0, 1, (handle, time, similarity) -> true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0.7 in a window made for searches at 0.8");
    assertThatThrownBy(() -> new VectorWindow(0, 0.8f, 10))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new VectorWindow(3, Float.NaN, 10))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static short[][] clustered(int seed, int size, int dimension) {
    return Arrays.stream(TestVectors.clustered(new Random(seed), size, dimension))
        .map(FixedPointVector::of)
        .toArray(short[][]::new);
  }

  private static Set<Long> truth(short[][] vectors, int query, int width, float threshold) {
    Set<Long> truth = new HashSet<>();
    DotProducts products = new DotProducts(vectors[query].length);
    for (int i = Math.max(0, query - width); i < query; i++) {
      float about = products.dot(vectors[query], vectors[i], 0) * FixedPointVector.UNIT;
      if (about >= threshold - 0.01f
          && FixedPointVector.similarity(vectors[query], vectors[i]) >= threshold) {
        truth.add((long) i);
      }
    }
    return truth;
  }

  private static Set<Long> found(
      VectorWindow window, short[] query, float threshold, long fromTime, long toTime) {
    List<Long> found = new ArrayList<>();
    window.search(
        query, threshold, fromTime, toTime, (handle, time, similarity) -> found.add(handle));
    Set<Long> unique = new HashSet<>(found);
    assertThat(found).hasSameSizeAs(unique);
    return unique;
  }
}
