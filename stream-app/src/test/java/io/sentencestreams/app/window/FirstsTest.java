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
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
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
      Simulation simulation = new Simulation(random);
      simulation.run(texts);
      concurrent += simulation.concurrent;
      check(texts, simulation.given, inOrder);
    }
    assertThat(concurrent).as("pairs of which both came to the other's home").isPositive();
  }

  private static void check(List<Text> texts, List<WindowItem> givenOut, boolean inOrder) {
    Set<WindowItem> given = new HashSet<>(givenOut);
    assertThat(givenOut).doesNotHaveDuplicates();
    for (Text text : texts) {
      List<WindowItem> near =
          texts.stream()
              .filter(other -> !other.item().isSameRecord(text.item()) && other.isNear(text))
              .map(Text::item)
              .toList();
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

  /** A window's topic: a queue for each partition. */
  private static final class Simulation {
    private final SplittableRandom random;
    private final List<Partition> partitions = new ArrayList<>();
    private final List<WindowItem> given = new ArrayList<>();
    private final Map<String, WindowItem> items = new HashMap<>();
    private final Set<String> found = new HashSet<>();
    private int concurrent;

    Simulation(SplittableRandom random) {
      this.random = random;
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
          partitions.get(home(text.place())).queue.add(new Asked(text, null));
        }
        Partition partition = partitions.get(random.nextInt(PARTITIONS));
        if (random.nextInt(20) == 0) {
          partition.reopen();
        }
        if (partition.hasNext()) {
          partition.next();
        }
      }
    }

    /** A text at its home, or, with a question, at a probe. */
    private record Asked(Text text, WindowMessage.Question question) {}

    private final class Partition {
      private final int number;
      private final Deque<Object> queue = new ArrayDeque<>();
      private final Map<Long, Text> stored = new TreeMap<>();
      private final Map<Long, WindowEntry> entries = new HashMap<>();
      private final KeyValueStore<byte[], byte[]> store = store();
      private final WindowMetrics metrics = new WindowMetrics(new Metrics());
      private Firsts firsts;

      Partition(int number) {
        this.number = number;
        reopen();
      }

      boolean hasNext() {
        return !queue.isEmpty();
      }

      void reopen() {
        firsts =
            new Firsts(
                store,
                entries::get,
                embedding -> given.add(items.get(new String(embedding, UTF_8))),
                metrics);
      }

      void next() {
        Object next = queue.removeFirst();
        if (next instanceof Answer answer) {
          firsts.answered(answer);
        } else {
          came((Asked) next);
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
        if (asked.question() == null) {
          keep(text, preceded);
        } else {
          int home = asked.question().home();
          partitions
              .get(home)
              .queue
              .add(new Answer(home, number, asked.question().handle(), text.item(), preceded));
        }
      }

      private void keep(Text text, boolean preceded) {
        int[] probes = probes(text);
        long handle = Handles.of(text.item().time(), stored.size());
        stored.put(handle, text);
        entries.put(handle, new WindowEntry(text.item(), "", probes.length > 0, preceded));
        if (!preceded) {
          firsts.add(handle, text.item(), probes, text.item().name().getBytes(UTF_8));
          for (int probe : probes) {
            partitions
                .get(probe)
                .queue
                .add(new Asked(text, new WindowMessage.Question(number, handle)));
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

  private static KeyValueStore<byte[], byte[]> store() {
    KeyValueStore<byte[], byte[]> store =
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore("firsts"), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingDisabled()
            .withCachingDisabled()
            .build();
    MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
    store.init(context.getStateStoreContext(), store);
    return store;
  }
}
