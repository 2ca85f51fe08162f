package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class IdIndexTest {
  private static final long SLICE = 1000;

  @Test
  void shouldFindAllTextsOfAnIdUntilTheirSliceIsGone() {
    IdIndex index = new IdIndex(SLICE);
    SplittableRandom random = new SplittableRandom(1);
    Map<String, Set<Long>> truth = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      String id = "id" + random.nextInt(3000);
      long handle = Handles.of(random.nextLong(10 * SLICE), i);
      index.add(IdIndex.hash(id), handle);
      truth.computeIfAbsent(id, key -> new HashSet<>()).add(handle);
    }
    truth.forEach(
        (id, handles) ->
            assertThat(LongStream.of(all(index, IdIndex.hash(id))).boxed()).containsAll(handles));
    long before = index.memoryBytes();
    index.expire(5 * SLICE + 999);
    assertThat(index.memoryBytes()).isLessThan(before);
    truth.forEach(
        (id, handles) ->
            assertThat(LongStream.of(all(index, IdIndex.hash(id))).boxed())
                .containsAll(
                    handles.stream().filter(handle -> Handles.time(handle) >= 5 * SLICE).toList())
                .allMatch(handle -> Handles.time(handle) >= 5 * SLICE));
    assertThat(all(index, IdIndex.hash("another"))).isEmpty();
  }

  @Test
  void shouldTakeTextsThatAllHaveOneIdAsFastAsOthers() {
    IdIndex index = new IdIndex(SLICE);
    int hash = IdIndex.hash("hot");
    for (int i = 0; i < 1_000_000; i++) { // hours, were each compared with all before
      index.add(hash, Handles.of(5, i));
    }
    assertThat(all(index, hash)).hasSize(1_000_000);
  }

  @Test
  void shouldLetASliceGoWithItsLastText() {
    IdIndex index = new IdIndex(SLICE);
    for (int i = 0; i < 100; i++) {
      index.add(i, Handles.of(i, i));
    }
    for (int i = 0; i < 99; i++) {
      index.removed(Handles.of(i, i));
    }
    assertThat(all(index, 99)).containsExactly(Handles.of(99, 99));
    index.removed(Handles.of(99, 99));
    assertThat(index.memoryBytes()).isZero();
    index.removed(Handles.of(99, 99)); // it went with its slice
    assertThat(all(index, 99)).isEmpty();
  }

  @Test
  void shouldNotGrowWhileTheOldestLeaveASliceThatIsWrittenTo() {
    IdIndex index = new IdIndex(SLICE);
    int most = 1000;
    for (int i = 0; i < most; i++) {
      index.add(i, Handles.of(5, i));
    }
    long full = index.memoryBytes();
    for (int i = most; i < 50 * most; i++) {
      index.add(i, Handles.of(5, i));
      index.removed(Handles.of(5, i - most));
      assertThat(index.memoryBytes()).as("after %d", i).isLessThan(4 * full);
    }
    for (int i = 49 * most; i < 50 * most; i++) {
      assertThat(all(index, i)).containsExactly(Handles.of(5, i));
    }
    for (int i = 49 * most; i < 50 * most; i++) {
      index.removed(Handles.of(5, i));
    }
    assertThat(index.memoryBytes()).isZero();
  }

  @Test
  void shouldKeepATextThatCameAgainWhenTheFirstOfTheTwoIsTakenOut() {
    IdIndex index = new IdIndex(SLICE);
    for (int i = 0; i < 100; i++) {
      index.add(i, Handles.of(5, i));
      index.removed(Handles.of(5, i));
      index.add(i, Handles.of(5, i));
    }
    for (int i = 0; i < 90; i++) {
      index.removed(Handles.of(5, i));
    }
    for (int i = 90; i < 100; i++) {
      assertThat(all(index, i)).contains(Handles.of(5, i));
    }
    assertThat(all(index, 0)).isEmpty();
  }

  @Test
  void shouldFindTheLatestTextsOfAnIdPageByPage() {
    IdIndex index = new IdIndex(SLICE);
    SplittableRandom random = new SplittableRandom(2);
    long[] truth = new long[1000];
    for (int i = 0; i < truth.length; i++) {
      truth[i] = Handles.of(random.nextLong(10 * SLICE), i);
      index.add(7, truth[i]);
      index.add(8, truth[i]);
    }
    Arrays.sort(truth);
    long before = Long.MAX_VALUE;
    for (int end = truth.length; end > 0; end -= 100) {
      long[] page = index.find(7, before, 100);
      assertThat(page).hasSize(100);
      for (int i = 0; i < 100; i++) {
        assertThat(page[i]).isEqualTo(truth[end - 1 - i]);
      }
      before = page[99];
    }
    assertThat(index.find(7, before, 100)).isEmpty();
  }

  private static long[] all(IdIndex index, int hash) {
    return index.find(hash, Long.MAX_VALUE, Integer.MAX_VALUE);
  }
}
