package io.sentencestreams.app.clusters;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.window.WindowText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MembersTest {
  private static final long KEPT = 10_000;

  private KeyValueStore<byte[], byte[]> open() {
    KeyValueStore<byte[], byte[]> store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore("members"), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingDisabled()
            .withCachingDisabled()
            .build();
    store.init(new MockProcessorContext<byte[], byte[]>().getStateStoreContext(), store);
    return store;
  }

  private static Member member(String id, long time, long offset) {
    return new Member(
        new ClusteredText(
            id,
            new WindowText.Source("texts", 0, offset),
            time,
            "v1",
            "text " + offset,
            null,
            false,
            0.5f),
        1 + offset % 7,
        offset % 5);
  }

  /** Times run on, back and far ahead; some texts come twice, as after a failure. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void shouldHaveWhatTheWindowHasInTheOrderOfTimeAndById(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    KeyValueStore<byte[], byte[]> store = open();
    Members members = new Members(store, KEPT);
    List<Member> all = new ArrayList<>();
    long now = seed == 3 ? -5_000 : 1_767_225_600_000L;
    for (int i = 0; i < 5000; i++) {
      now += random.nextInt(20);
      long time = now - random.nextInt(4000);
      Member member = member("id" + random.nextInt(300), time, i);
      all.add(member);
      members.add(member, time, now);
      if (i % 10 == 0) { // again
        members.add(member, time, now);
      }
      if (i == 2500) { // another task goes on
        members = new Members(store, KEPT);
      }
    }
    long last = now;
    List<Member> found = new ArrayList<>();
    Members.latestFirst(store, KEPT, found::add);
    List<Member> must =
        all.stream().filter(member -> member.text().eventTime() >= last - KEPT).toList();
    assertThat(found).containsAll(must).doesNotHaveDuplicates();
    assertThat(found)
        .allMatch(member -> member.text().eventTime() >= last - KEPT - 256 * 20)
        .isSortedAccordingTo(
            Comparator.comparingLong((Member member) -> -member.text().eventTime())
                .thenComparingLong(member -> -member.text().source().offset()));
    Map<String, List<Member>> byId =
        found.stream().collect(Collectors.groupingBy(member -> member.text().id()));
    assertThat(byId).hasSizeGreaterThan(200);
    byId.forEach(
        (id, expected) -> {
          List<Member> withId = new ArrayList<>();
          Members.withId(store, KEPT, id, withId::add);
          assertThat(withId).isEqualTo(expected);
        });
    // What is expired is deleted, under both keys, but for what came since it was last looked for.
    assertThat(entries(store)).isBetween(2L * found.size(), 2L * found.size() + 2 * 512 + 1);
  }

  private static long entries(KeyValueStore<byte[], byte[]> store) {
    long entries = 0;
    try (var all = store.all()) {
      while (all.hasNext()) {
        all.next();
        entries++;
      }
    }
    return entries;
  }

  @Test
  void shouldTellIdsOfOneHashApart() {
    assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
    KeyValueStore<byte[], byte[]> store = open();
    Members members = new Members(store, KEPT);
    members.add(member("Aa", 1, 1), 1, 1);
    members.add(member("BB", 2, 2), 2, 2);
    List<String> ids = new ArrayList<>();
    Members.withId(store, KEPT, "BB", found -> ids.add(found.text().id()));
    assertThat(ids).containsExactly("BB");
    Members.withId(store, KEPT, "Aa", found -> ids.add(found.text().id()));
    assertThat(ids).containsExactly("BB", "Aa");
  }
}
