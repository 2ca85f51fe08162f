package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;

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
            assertThat(LongStream.of(index.find(IdIndex.hash(id))).boxed()).containsAll(handles));
    long before = index.memoryBytes();
    index.expire(5 * SLICE + 999);
    assertThat(index.memoryBytes()).isLessThan(before);
    truth.forEach(
        (id, handles) ->
            assertThat(LongStream.of(index.find(IdIndex.hash(id))).boxed())
                .containsAll(
                    handles.stream().filter(handle -> Handles.time(handle) >= 5 * SLICE).toList())
                .allMatch(handle -> Handles.time(handle) >= 5 * SLICE));
    assertThat(index.find(IdIndex.hash("another"))).isEmpty();
  }

  @Test
  void shouldTakeTextsThatAllHaveOneIdAsFastAsOthers() {
    IdIndex index = new IdIndex(SLICE);
    int hash = IdIndex.hash("hot");
    for (int i = 0; i < 1_000_000; i++) { // hours, were each compared with all before
      index.add(hash, Handles.of(5, i));
    }
    assertThat(index.find(hash)).hasSize(1_000_000);
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
    assertThat(index.find(99)).containsExactly(Handles.of(99, 99));
    index.removed(Handles.of(99, 99));
    assertThat(index.memoryBytes()).isZero();
    index.removed(Handles.of(99, 99)); // it went with its slice
    assertThat(index.find(99)).isEmpty();
  }
}
