package io.sentencestreams.app.window;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.MatchVisitor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Partitions that ask one another, their messages interleaved at random and each of them closed and
 * opened again now and then, against brute force over all texts. A text is a point on a line here,
 * and near is what is not far from it.
 */
class FirstsTest {
  private static final int RUNS = 150;
  private static final int PARTITIONS = 4;
  private static final int TEXTS = 60;
  private static final double NEAR = 0.05;
  private static final int ENOUGH = 3;

  private record Text(WindowItem item, double place) {
    boolean isNear(Text other) {
      return Math.abs(place - other.place) <= NEAR;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldGiveOutWhatNothingIsBeforeHoweverMessagesInterleave(boolean inOrder) {
    int concurrent = 0;
    for (int run = 0; run < RUNS; run++) {
      SplittableRandom random = new SplittableRandom(run);
      List<Text> texts = texts(random, inOrder);
      Simulation simulation = new Simulation(random, true);
      simulation.run(texts);
      concurrent += simulation.concurrent;
      check(texts, simulation.given, inOrder);
    }
    assertThat(concurrent).as("pairs of which both came to the other's home").isPositive();
  }

  /** Records are read again, and what was given out since the last commit may be lost. */
  @Test
  void shouldLoseNoFirstOccurrenceUnderAtLeastOnceWhenProcessesAreKilled() {
    int again = 0;
    for (int run = 0; run < RUNS; run++) {
      SplittableRandom random = new SplittableRandom(run);
      List<Text> texts = texts(random, run % 2 == 0);
      Simulation simulation = new Simulation(random, false);
      simulation.run(texts);
      Set<WindowItem> given = new HashSet<>(simulation.given);
      again += simulation.given.size() - given.size();
      for (Text text : texts) {
        if (!given.contains(text.item())) {
          assertThat(near(text, texts))
              .as("what is before %s in run %d", text, run)
              .anyMatch(other -> other.precedes(text.item()) || given.contains(other));
        }
      }
    }
    assertThat(again).as("texts that were given out again").isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldGiveOutWhatIsStillPendingWhenItLeavesTheWindow(boolean exactlyOnce) {
    try (Metrics metrics = new Metrics()) {
      WindowMetrics counts = new WindowMetrics(metrics);
      KeyValueStore<byte[], byte[]> store = MemoryStores.open(Serdes.ByteArray());
      List<String> given = new ArrayList<>();
      Firsts firsts = firsts(store, Map.of(), given, exactlyOnce, counts);
      for (int i = 0; i < 3; i++) {
        firsts.add(handle(i), item(i), new int[] {1, 2}, ("text " + i).getBytes(UTF_8));
      }
      assertThat(firsts.pending()).isEqualTo(3);
      firsts.answered(new Answer(0, 1, handle(0), item(0), false), 10);
      firsts.forgetPending(handle(1));
      assertThat(given).containsExactly("text 0", "text 1");
      assertThat(firsts.pending()).isEqualTo(1);
      firsts.answered(new Answer(0, 2, handle(0), item(0), false), 11); // it comes after all
      assertThat(given).hasSize(2);
      if (!exactlyOnce) { // killed before the commit
        Firsts again = firsts(store, Map.of(), given, false, counts);
        assertThat(again.pending()).isEqualTo(3);
      }
      firsts.committed(11);
      Firsts again = firsts(store, Map.of(), given, exactlyOnce, counts);
      assertThat(again.pending()).isEqualTo(1);
      again.forgetPending(handle(2));
      again.committed(12);
      assertThat(given).containsExactly("text 0", "text 1", "text 2");
      assertThat(store.approximateNumEntries()).isZero();
      assertThat(
              metrics
                  .metric(
                      metrics.metricName(
                          "firsts-unanswered-total", WindowMetrics.GROUP, "", Map.of()))
                  .metricValue())
          .isEqualTo(3.0);
    }
  }

  @Test
  void shouldLeaveNoMarkOfATextThatIsDroppedAfterItHasLeftTheWindow() {
    try (Metrics metrics = new Metrics()) {
      KeyValueStore<byte[], byte[]> store = MemoryStores.open(Serdes.ByteArray());
      Map<Long, WindowEntry> entries = new HashMap<>();
      entries.put(handle(0), new WindowEntry(item(0), "", true, false));
      Firsts firsts = firsts(store, entries, new ArrayList<>(), true, new WindowMetrics(metrics));
      for (int i = 0; i < 2; i++) {
        firsts.add(handle(i), item(i), new int[] {1}, new byte[] {1});
        firsts.answered(new Answer(0, 1, handle(i), item(i), true), i);
      }
      assertThat(store.approximateNumEntries()).as("marks").isEqualTo(1);
      firsts.forget(handle(0));
      assertThat(store.approximateNumEntries()).isZero();
    }
  }

  private static Firsts firsts(
      KeyValueStore<byte[], byte[]> store,
      Map<Long, WindowEntry> entries,
      List<String> given,
      boolean exactlyOnce,
      WindowMetrics metrics) {
    return new Firsts(
        store,
        entries::get,
        embedding -> given.add(new String(embedding, UTF_8)),
        exactlyOnce,
        metrics);
  }

  private static WindowItem item(int number) {
    return new WindowItem("", "texts", 0, number, 1000L * number, "v1", new short[0]);
  }

  private static long handle(int number) {
    return Handles.of(1000L * number, number);
  }

  private static List<WindowItem> near(Text text, List<Text> texts) {
    return texts.stream()
        .filter(other -> !other.equals(text) && other.isNear(text))
        .map(Text::item)
        .toList();
  }

  private static void check(List<Text> texts, List<WindowItem> givenOut, boolean inOrder) {
    Set<WindowItem> given = new HashSet<>(givenOut);
    assertThat(givenOut).doesNotHaveDuplicates();
    for (Text text : texts) {
      List<WindowItem> near = near(text, texts);
      if (given.contains(text.item())) {
        assertThat(near).as("what is near %s", text).doesNotContainAnyElementsOf(given);
      } else {
        assertThat(near)
            .as("what is before %s", text)
            .anyMatch(other -> other.precedes(text.item()) || given.contains(other));
      }
      if (inOrder) {
        assertThat(given.contains(text.item()))
            .as("%s is the first", text)
            .isEqualTo(near.stream().noneMatch(other -> other.precedes(text.item())));
      }
    }
  }

  /** Times are often equal. */
  private static List<Text> texts(SplittableRandom random, boolean inOrder) {
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      WindowItem item =
          new WindowItem("", "texts", random.nextInt(3), i, random.nextInt(20), "v1", new short[0]);
      texts.add(new Text(item, random.nextDouble()));
    }
    if (inOrder) {
      texts.sort((a, b) -> a.item().precedes(b.item()) ? -1 : 1);
    }
    return texts;
  }

  private static int home(double place) {
    return (int) (PARTITIONS * Math.max(0, Math.min(place, 1 - 1e-9)));
  }

  private static int[] probes(Text text) {
    Set<Integer> partitions = new TreeSet<>(Set.of(home(text.place())));
    partitions.add(home(text.place() - NEAR));
    partitions.add(home(text.place() + NEAR));
    partitions.remove(home(text.place()));
    return partitions.stream().mapToInt(Integer::intValue).toArray();
  }

  /** A window's topic: a log for each partition. */
  private static final class Simulation {
    private final SplittableRandom random;
    private final boolean exactlyOnce;
    private final List<Partition> partitions = new ArrayList<>();
    private final List<WindowItem> given = new ArrayList<>();
    private final Map<String, WindowItem> items = new HashMap<>();
    private final Set<String> found = new HashSet<>();
    private int concurrent;

    Simulation(SplittableRandom random, boolean exactlyOnce) {
      this.random = random;
      this.exactlyOnce = exactlyOnce;
      for (int i = 0; i < PARTITIONS; i++) {
        partitions.add(new Partition(i));
      }
    }

    void run(List<Text> texts) {
      Deque<Text> input = new ArrayDeque<>(texts);
      texts.forEach(text -> items.put(text.item().name(), text.item()));
      int eagerness = random.nextInt(1, 10);
      while (!input.isEmpty() || partitions.stream().anyMatch(Partition::hasNext)) {
        if (!input.isEmpty() && random.nextInt(10) < eagerness) {
          Text text = input.removeFirst();
          partitions.get(home(text.place())).log.add(new Asked(text, null));
        }
        Partition partition = partitions.get(random.nextInt(PARTITIONS));
        switch (random.nextInt(20)) {
          case 0 -> partition.commit();
          case 1 -> partition.kill();
          default -> {
            if (partition.hasNext()) {
              partition.next();
            }
          }
        }
        if (input.isEmpty() && partitions.stream().noneMatch(Partition::hasNext)) {
          partitions.forEach(Partition::commit);
        }
      }
    }

    /** A text at its home, or, with an origin, at a probe. */
    private record Asked(Text text, WindowMessage.Origin origin) {}

    private final class Partition {
      private final int number;
      private final List<Object> log = new ArrayList<>();
      private int position;
      private int committed;

      /** What is to be done with what came of the records since the last commit. */
      private final List<Runnable> sent = new ArrayList<>();

      private final Map<Long, Text> stored = new TreeMap<>();
      private final Map<Long, WindowEntry> entries = new HashMap<>();
      private final KeyValueStore<byte[], byte[]> store = MemoryStores.open(Serdes.ByteArray());
      private final WindowMetrics metrics = new WindowMetrics(new Metrics());
      private Firsts firsts;

      Partition(int number) {
        this.number = number;
        reopen();
      }

      boolean hasNext() {
        return position < log.size();
      }

      void commit() {
        committed = position;
        sent.forEach(Runnable::run);
        sent.clear();
        if (!exactlyOnce) {
          firsts.committed(position - 1);
        }
      }

      /** Under exactly-once there is a commit after each record. */
      void kill() {
        if (!exactlyOnce) {
          sent.removeIf(send -> random.nextBoolean());
          sent.forEach(Runnable::run);
          sent.clear();
          position = committed;
        }
        reopen();
      }

      private void send(int partition, Object message) {
        sent.add(() -> partitions.get(partition).log.add(message));
      }

      private void reopen() {
        firsts =
            new Firsts(
                store,
                entries::get,
                embedding -> {
                  WindowItem first = items.get(new String(embedding, UTF_8));
                  sent.add(() -> given.add(first));
                },
                exactlyOnce,
                metrics);
      }

      void next() {
        Object next = log.get(position);
        if (next instanceof Answer answer) {
          firsts.answered(answer, position);
        } else {
          came((Asked) next);
        }
        position++;
        if (exactlyOnce) {
          commit();
        }
      }

      private void came(Asked asked) {
        Text text = asked.text();
        List<Match> matches = new ArrayList<>();
        search(
            text,
            (handle, time, similarity) -> {
              matches.add(new Match(handle, time, similarity));
              return matches.size() < ENOUGH;
            });
        boolean preceded =
            firsts.isPreceded(
                text.item(),
                matches,
                matches.size() < ENOUGH ? null : visitor -> search(text, visitor));
        if (asked.origin() == null) {
          keep(text, preceded);
        } else {
          int home = asked.origin().home();
          send(home, new Answer(home, number, asked.origin().handle(), text.item(), preceded));
        }
      }

      private void keep(Text text, boolean preceded) {
        int[] probes = probes(text);
        long handle = Handles.of(text.item().time(), position);
        byte[] embedding = text.item().name().getBytes(UTF_8);
        boolean asks = !preceded;
        WindowEntry before = entries.get(handle);
        if (before != null) {
          asks = firsts.addAgain(handle, before, probes, embedding);
        } else {
          stored.put(handle, text);
          entries.put(handle, new WindowEntry(text.item(), "", probes.length > 0, preceded));
          if (asks) {
            firsts.add(handle, text.item(), probes, embedding);
          }
        }
        if (asks) {
          for (int probe : probes) {
            send(probe, new Asked(text, new WindowMessage.Origin(number, 0, handle)));
          }
        }
      }

      private void search(Text text, MatchVisitor visitor) {
        for (Map.Entry<Long, Text> entry : stored.entrySet()) {
          if (entry.getValue().isNear(text)) {
            if (home(text.place()) != number) {
              found.add(entry.getValue().item().name() + "/" + text.item().name());
              if (found.contains(text.item().name() + "/" + entry.getValue().item().name())) {
                concurrent++;
              }
            }
            if (!visitor.match(entry.getKey(), Handles.time(entry.getKey()), 1)) {
              return;
            }
          }
        }
      }
    }
  }
}
