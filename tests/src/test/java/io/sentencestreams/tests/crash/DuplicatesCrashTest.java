package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The window under SIGKILL: two instances of the real program, killed in turn, report the pairs
 * that brute force over the embeddings finds, each once under exactly-once and at least once under
 * at-least-once, and so with the first occurrences.
 */
class DuplicatesCrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 2);
  private static final int RECORDS_PER_KILL = 150;
  private static final String DUPLICATES = "duplicates";
  private static final String UNIQUE = "unique";

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
          CrashRun.awaitMore(embeddings, feed, RECORDS_PER_KILL / 3, instances);
          feed.add(RECORDS_PER_KILL);
          instances[victim].kill();
          CrashRun.awaitMore(embeddings, feed, 1, instances[1 - victim]);
          instances[victim] = start(broker, "instance" + victim, partitions, guarantee);
        }
        CrashRun.awaitDistinct(embeddings, feed.texts().size(), instances);
        expected = NearDuplicates.expected(NearDuplicates.vectors(embeddings), partitions);
        Set<Set<String>> wanted = expected;
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(NearDuplicates.without(wanted, NearDuplicates.names(pairs.poll())))
                        .isEmpty());
        await()
            .atMost(CrashRun.PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(
                            NearDuplicates.unexplained(
                                embeddings, NearDuplicates.ids(unique.poll())))
                        .isEmpty());
      } finally {
        for (ProgramProcess instance : instances) {
          if (instance != null) {
            instance.close();
          }
        }
      }
      List<ConsumerRecord<byte[], DuplicateRecord>> records = pairs.pollToEnd();
      Set<Set<String>> found = NearDuplicates.names(records);
      if (guarantee.equals(CrashPoint.Guarantee.EXACTLY_ONCE)) {
        assertThat(found.size()).as("pairs, of which none comes twice").isEqualTo(records.size());
        List<ConsumerRecord<byte[], EmbeddingRecord>> firsts = unique.pollToEnd();
        Set<String> ids = NearDuplicates.ids(firsts);
        assertThat(ids).as("texts, of which none comes twice").hasSameSizeAs(firsts);
        assertThat(expected).as("pairs of which both come").noneMatch(ids::containsAll);
      }
      assertThat(
              NearDuplicates.without(
                  found,
                  NearDuplicates.bruteForce(
                      NearDuplicates.vectors(embeddings),
                      NearDuplicates.THRESHOLD - NearDuplicates.UNDECIDED)))
          .as("pairs that are none")
          .isEmpty();
    }
  }

  private ProgramProcess start(EmbeddedBroker broker, String name, int partitions, String guarantee)
      throws IOException {
    Map<String, String> properties =
        CrashRun.properties(broker.bootstrapServers(), folder.resolve(name), guarantee);
    properties.put("duplicates.topic", DUPLICATES);
    properties.put("unique.topic", UNIQUE);
    properties.put("duplicates.threshold", Double.toString(NearDuplicates.THRESHOLD));
    properties.put("window.partitions", Integer.toString(partitions));
    properties.put("duplicates.max.pairs", "10000");
    properties.put("window.partition.max.records", "10000");
    return ProgramProcess.stream(folder, name, properties);
  }
}
