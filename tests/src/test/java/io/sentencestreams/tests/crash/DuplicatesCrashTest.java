package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.window.WindowSetup;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The window under SIGKILL: two instances of the real program, killed in turn, report the pairs
 * that brute force over the embeddings finds, each once under exactly-once and at least once under
 * at-least-once, and so with the first occurrences. Where four partitions hold the window, those
 * are asked for that routing brings together whichever of the two texts comes first: these texts of
 * random words are a hard case for it, and how much it misses of real ones is measured elsewhere.
 */
class DuplicatesCrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 3);
  private static final int RECORDS_PER_KILL = 150;
  private static final String DUPLICATES = "duplicates";
  private static final String UNIQUE = "unique";
  private static final double THRESHOLD = 0.9;
  private static final double UNDECIDED = 1e-3;

  @TempDir private Path folder;

  /** In one partition nothing is routed, and a window as small as this one is searched exactly. */
  @ParameterizedTest
  @CsvSource({
    "1, " + CrashPoint.Guarantee.EXACTLY_ONCE,
    "4, " + CrashPoint.Guarantee.EXACTLY_ONCE,
    "4, " + CrashPoint.Guarantee.AT_LEAST_ONCE
  })
  void shouldLoseAndInventNoPairNorDoubleOneUnderExactlyOnceWhenInstancesAreKilled(
      int partitions, String guarantee) throws Exception {
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS_PER_KILL, 3);
      topics.create(1, DUPLICATES, UNIQUE);
      Topics.Reader<EmbeddingRecord> embeddings = topics.embeddings(CrashRun.EMBEDDINGS);
      Topics.Reader<DuplicateRecord> pairs =
          topics.reader(DUPLICATES, DuplicateSerdes.deserializer(Map.of()));
      Topics.Reader<EmbeddingRecord> unique = topics.embeddings(UNIQUE);
      Set<Set<String>> expected;
      ProgramProcess[] instances = new ProgramProcess[2];
      try {
        for (int i = 0; i < instances.length; i++) {
          instances[i] = start(broker, "instance" + i, partitions, guarantee);
        }
        for (int kill = 0; kill < KILLS; kill++) {
          int victim = kill % instances.length;
          CrashRun.awaitMore(embeddings, RECORDS_PER_KILL / 3, instances);
          feed.add(RECORDS_PER_KILL);
          instances[victim].kill();
          CrashRun.awaitMore(embeddings, 1, instances[1 - victim]);
          instances[victim] = start(broker, "instance" + victim, partitions, guarantee);
        }
        CrashRun.awaitDistinct(embeddings, feed.texts().size(), instances);
        expected = expected(vectors(embeddings), partitions);
        Set<Set<String>> wanted = expected;
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(() -> assertThat(without(wanted, names(pairs.poll()))).isEmpty());
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(() -> assertThat(unexplained(embeddings, ids(unique.poll()))).isEmpty());
      } finally {
        for (ProgramProcess instance : instances) {
          if (instance != null) {
            instance.close();
          }
        }
      }
      List<ConsumerRecord<byte[], DuplicateRecord>> records = pairs.pollToEnd();
      Set<Set<String>> found = names(records);
      if (guarantee.equals(CrashPoint.Guarantee.EXACTLY_ONCE)) {
        assertThat(found.size()).as("pairs, of which none comes twice").isEqualTo(records.size());
        List<ConsumerRecord<byte[], EmbeddingRecord>> firsts = unique.pollToEnd();
        Set<String> ids = ids(firsts);
        assertThat(ids).as("texts, of which none comes twice").hasSameSizeAs(firsts);
        assertThat(expected).as("pairs of which both come").noneMatch(ids::containsAll);
      }
      assertThat(without(found, bruteForce(vectors(embeddings), THRESHOLD - UNDECIDED)))
          .as("pairs that are none")
          .isEmpty();
    }
  }

  private static Set<String> ids(List<ConsumerRecord<byte[], EmbeddingRecord>> records) {
    return records.stream().map(record -> record.value().id()).collect(Collectors.toSet());
  }

  /** Texts that are no first occurrences though none before them and none of the first is near. */
  private static Set<String> unexplained(
      Topics.Reader<EmbeddingRecord> embeddings, Set<String> first) {
    Map<String, EmbeddingRecord> all = new HashMap<>();
    embeddings.records().forEach(in -> all.put(in.value().id(), in.value()));
    Set<String> unexplained = new HashSet<>(all.keySet());
    unexplained.removeAll(first);
    for (Set<String> pair : bruteForce(vectors(embeddings), THRESHOLD - UNDECIDED)) {
      List<String> ids = List.copyOf(pair);
      for (int i = 0; i < 2; i++) {
        String other = ids.get(1 - i);
        if (first.contains(other) || isBefore(all.get(other), all.get(ids.get(i)))) {
          unexplained.remove(ids.get(i));
        }
      }
    }
    return unexplained;
  }

  private static boolean isBefore(EmbeddingRecord one, EmbeddingRecord other) {
    return Comparator.comparingLong(EmbeddingRecord::eventTimeMillis)
            .thenComparing(EmbeddingRecord::topic)
            .thenComparingInt(EmbeddingRecord::partition)
            .thenComparingLong(EmbeddingRecord::offset)
            .compare(one, other)
        < 0;
  }

  private ProgramProcess start(EmbeddedBroker broker, String name, int partitions, String guarantee)
      throws IOException {
    Map<String, String> properties =
        CrashRun.properties(broker.bootstrapServers(), folder.resolve(name), guarantee);
    properties.put("duplicates.topic", DUPLICATES);
    properties.put("unique.topic", UNIQUE);
    properties.put("duplicates.threshold", Double.toString(THRESHOLD));
    properties.put("window.partitions", Integer.toString(partitions));
    properties.put("duplicates.max.pairs", "10000");
    properties.put("window.partition.max.records", "10000");
    return ProgramProcess.stream(folder, name, properties);
  }

  private static Set<Set<String>> names(List<ConsumerRecord<byte[], DuplicateRecord>> records) {
    Set<Set<String>> names = new HashSet<>();
    for (ConsumerRecord<byte[], DuplicateRecord> record : records) {
      names.add(Set.of(record.value().a().id(), record.value().b().id()));
    }
    return names;
  }

  private static Set<Set<String>> without(Set<Set<String>> all, Set<Set<String>> those) {
    Set<Set<String>> rest = new HashSet<>(all);
    rest.removeAll(those);
    return rest;
  }

  private static Map<String, float[]> vectors(Topics.Reader<EmbeddingRecord> embeddings) {
    Map<String, float[]> vectors = new HashMap<>();
    embeddings.records().forEach(in -> vectors.put(in.value().id(), in.value().vector()));
    return vectors;
  }

  /** Near-duplicates that meet in whatever order they come. */
  private static Set<Set<String>> expected(Map<String, float[]> vectors, int partitions) {
    Map<String, Route> routes = new HashMap<>();
    try (SentenceEncoder encoder =
        SentenceEncoder.load(
            "all-MiniLM-L6-v2", EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
      ContentRouter router =
          WindowSetup.router(partitions, (float) THRESHOLD, encoder.dimension(), encoder::encode);
      vectors.forEach((id, vector) -> routes.put(id, router.route(vector)));
    }
    Set<Set<String>> all = bruteForce(vectors, THRESHOLD + UNDECIDED);
    Set<Set<String>> expected =
        all.stream()
            .filter(
                pair -> {
                  List<Route> both = pair.stream().map(routes::get).toList();
                  return reaches(both.get(0), both.get(1)) && reaches(both.get(1), both.get(0));
                })
            .collect(Collectors.toSet());
    assertThat(expected).hasSizeGreaterThan(Math.max(100, (int) (0.9 * all.size())));
    return expected;
  }

  private static boolean reaches(Route later, Route earlier) {
    return later.home() == earlier.home()
        || Arrays.stream(later.probes()).anyMatch(probe -> probe == earlier.home());
  }

  private static Set<Set<String>> bruteForce(Map<String, float[]> vectors, double threshold) {
    List<Map.Entry<String, float[]>> all = List.copyOf(vectors.entrySet());
    Set<Set<String>> pairs = new HashSet<>();
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (cosine(all.get(i).getValue(), all.get(j).getValue()) >= threshold) {
          pairs.add(Set.of(all.get(i).getKey(), all.get(j).getKey()));
        }
      }
    }
    return pairs;
  }

  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
