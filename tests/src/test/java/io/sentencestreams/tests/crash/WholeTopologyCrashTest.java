package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.ClusterAssignmentRecord;
import io.sentencestreams.schemas.ClusterAssignmentSerdes;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Everything that the stream does, under SIGKILL: embeddings, near-duplicates, first occurrences,
 * clusters and the cluster of each text, by two instances of the real program of which a random one
 * is killed at a random moment. {@code -Dcrash.kills=N} kills so many times.
 */
class WholeTopologyCrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 2);

  /** A window of no more than a thousand texts in a partition is searched exactly. */
  private static final int RECORDS_PER_KILL = Math.min(150, 1000 / (KILLS + 1));

  private static final int WINDOW_PARTITIONS = 4;
  private static final int PARTITION_SHIFT = 40; // of micro-clusters' ids
  private static final String DUPLICATES = "duplicates";
  private static final String UNIQUE = "unique";
  private static final String CLUSTERS = "clusters";
  private static final String ASSIGNMENTS = "assignments";

  @TempDir private Path folder;

  @Test
  void shouldKeepPairsAndClustersExactlyOnceWhenRandomInstancesAreKilled() throws Exception {
    Random random = new Random(13);
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS_PER_KILL, 13);
      // One partition: the order of a topic's changes is the order of their transactions.
      topics.create(1, DUPLICATES, UNIQUE, CLUSTERS, ASSIGNMENTS);
      Topics.Reader<EmbeddingRecord> embeddings = topics.embeddings(CrashRun.EMBEDDINGS);
      Topics.Reader<EmbeddingRecord> unique = topics.embeddings(UNIQUE);
      Topics.Reader<DuplicateRecord> pairs =
          topics.reader(DUPLICATES, DuplicateSerdes.deserializer(Map.of()));
      Topics.Reader<ClusterRecord> clusters =
          topics.reader(CLUSTERS, ClusterSerdes.deserializer(Map.of()));
      Topics.Reader<ClusterAssignmentRecord> assignments =
          topics.reader(ASSIGNMENTS, ClusterAssignmentSerdes.deserializer(Map.of()));
      Set<Set<String>> wanted;
      ProgramProcess[] instances = new ProgramProcess[2];
      try {
        for (int i = 0; i < instances.length; i++) {
          instances[i] = start(broker, "instance" + i);
        }
        for (int kill = 0; kill < KILLS; kill++) {
          int victim = random.nextInt(instances.length);
          CrashRun.awaitMore(embeddings, feed, 1 + random.nextInt(RECORDS_PER_KILL / 2), instances);
          feed.add(RECORDS_PER_KILL);
          instances[victim].kill();
          CrashRun.awaitMore(embeddings, feed, 1, instances[1 - victim]);
          instances[victim] = start(broker, "instance" + victim);
        }
        int texts = feed.texts().size();
        CrashRun.awaitDistinct(embeddings, texts, instances);
        Set<Set<String>> expected =
            NearDuplicates.expected(NearDuplicates.vectors(embeddings), WINDOW_PARTITIONS);
        wanted = expected;
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(NearDuplicates.without(expected, NearDuplicates.names(pairs.poll())))
                        .isEmpty());
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(
                            NearDuplicates.unexplained(
                                embeddings, NearDuplicates.ids(unique.poll())))
                        .isEmpty());
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(
                () -> assertThat(textsIn(assignments.poll())).hasSizeGreaterThanOrEqualTo(texts));
        // Some texts stay noise.
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(
                            living(clusters.poll()).values().stream()
                                .mapToLong(ClusterRecord::size)
                                .sum())
                        .isGreaterThan(texts / 2));
      } finally {
        for (ProgramProcess instance : instances) {
          if (instance != null) {
            instance.close();
          }
        }
      }
      embeddings.pollToEnd();
      CrashRun.assertExactlyOnce(embeddings.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
      assertPairs(embeddings, pairs.pollToEnd(), unique.pollToEnd(), wanted);
      assertClusters(clusters.pollToEnd(), feed.texts().size());
      assertAssignments(assignments.pollToEnd(), embeddings.records(), clusters.records());
    }
  }

  private ProgramProcess start(EmbeddedBroker broker, String name) throws IOException {
    Map<String, String> properties =
        CrashRun.properties(
            broker.bootstrapServers(), folder.resolve(name), CrashPoint.Guarantee.EXACTLY_ONCE);
    properties.put("duplicates.topic", DUPLICATES);
    properties.put("unique.topic", UNIQUE);
    properties.put("duplicates.threshold", Double.toString(NearDuplicates.THRESHOLD));
    properties.put("window.partitions", Integer.toString(WINDOW_PARTITIONS));
    properties.put("duplicates.max.pairs", "10000");
    properties.put("window.partition.max.records", "10000");
    properties.put("clusters.topic", CLUSTERS);
    properties.put("clusters.assignments.topic", ASSIGNMENTS);
    properties.put("clusters.interval.ms", "200"); // so that kills hit its steps too
    return ProgramProcess.stream(folder, name, properties);
  }

  private static void assertPairs(
      Topics.Reader<EmbeddingRecord> embeddings,
      List<ConsumerRecord<byte[], DuplicateRecord>> pairs,
      List<ConsumerRecord<byte[], EmbeddingRecord>> unique,
      Set<Set<String>> expected) {
    Set<Set<String>> found = NearDuplicates.names(pairs);
    assertThat(found.size()).as("pairs, of which none comes twice").isEqualTo(pairs.size());
    assertThat(NearDuplicates.without(expected, found)).as("pairs that are lost").isEmpty();
    Map<String, float[]> vectors = NearDuplicates.vectors(embeddings);
    double least = NearDuplicates.THRESHOLD - NearDuplicates.UNDECIDED;
    assertThat(NearDuplicates.without(found, NearDuplicates.bruteForce(vectors, least)))
        .as("pairs that are none")
        .isEmpty();
    Set<String> first = NearDuplicates.ids(unique);
    assertThat(first).as("texts, of which none comes twice").hasSameSizeAs(unique);
    assertThat(expected).as("pairs of which both come").noneMatch(first::containsAll);
  }

  /** A cluster lives, ends once, and no other has its id then; all texts are counted once. */
  private static void assertClusters(
      List<ConsumerRecord<byte[], ClusterRecord>> records, int texts) {
    Set<String> ended = new HashSet<>();
    Set<String> known = new HashSet<>();
    for (ConsumerRecord<byte[], ClusterRecord> record : records) {
      String id = Topics.text(record.key());
      assertThat(ended).as("clusters that had ended when %s was told again", id).doesNotContain(id);
      if (record.value() == null || record.value().state() != ClusterRecord.State.ACTIVE) {
        ended.add(id);
      }
      if (record.value() != null) {
        assertThat(record.value().id()).isEqualTo(id);
        known.add(id);
      }
    }
    assertThat(records)
        .filteredOn(record -> record.value() != null && record.value().mergedInto() != null)
        .allMatch(record -> known.contains(record.value().mergedInto()));
    assertThat(living(records).values().stream().mapToLong(ClusterRecord::size).sum())
        .as("texts in clusters, each counted once")
        .isLessThanOrEqualTo(texts);
  }

  private static Map<String, ClusterRecord> living(
      List<ConsumerRecord<byte[], ClusterRecord>> records) {
    Map<String, ClusterRecord> living = new HashMap<>();
    for (ConsumerRecord<byte[], ClusterRecord> record : records) {
      String id = Topics.text(record.key());
      if (record.value() == null || record.value().state() != ClusterRecord.State.ACTIVE) {
        living.remove(id);
      } else {
        living.put(id, record.value());
      }
    }
    return living;
  }

  private static void assertAssignments(
      List<ConsumerRecord<byte[], ClusterAssignmentRecord>> assignments,
      List<ConsumerRecord<byte[], EmbeddingRecord>> embeddings,
      List<ConsumerRecord<byte[], ClusterRecord>> clusters) {
    Set<String> texts = textsIn(assignments);
    assertThat(texts).as("texts, of which each has one cluster").hasSameSizeAs(assignments);
    assertThat(texts)
        .isEqualTo(
            embeddings.stream()
                .map(record -> record.value())
                .map(text -> text.topic() + "-" + text.partition() + "-" + text.offset())
                .collect(Collectors.toSet()));
    Set<String> known =
        clusters.stream().map(record -> Topics.text(record.key())).collect(Collectors.toSet());
    Map<Long, Integer> partitionOf = new HashMap<>();
    int placed = 0;
    for (ConsumerRecord<byte[], ClusterAssignmentRecord> record : assignments) {
      ClusterAssignmentRecord text = record.value();
      if (text.cluster() != null && !text.provisional()) {
        placed++;
        assertThat(known).as("cluster of %s", text.id()).contains(text.cluster());
      }
      assertThat(text.microCluster() >> PARTITION_SHIFT).isEqualTo(text.partition());
      assertThat(partitionOf.putIfAbsent(text.microCluster(), text.partition()))
          .isIn(null, text.partition());
    }
    assertThat(placed).as("texts that found a cluster when they came").isPositive();
  }

  private static Set<String> textsIn(
      List<ConsumerRecord<byte[], ClusterAssignmentRecord>> assignments) {
    return assignments.stream()
        .map(record -> record.value())
        .map(text -> text.topic() + "-" + text.partition() + "-" + text.offset())
        .collect(Collectors.toSet());
  }
}
