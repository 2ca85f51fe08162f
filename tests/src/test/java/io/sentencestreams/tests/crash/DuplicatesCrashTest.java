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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The window under SIGKILL: two instances of the real program, killed in turn, report the same
 * pairs as one that nobody disturbs, each once, and as many as brute force over the embeddings.
 */
class DuplicatesCrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 3);
  private static final int RECORDS_PER_KILL = 150;
  private static final String DUPLICATES = "duplicates";
  private static final double THRESHOLD = 0.85;
  private static final double UNDECIDED = 1e-3;
  private static final double RECALL = 0.995;

  @TempDir private Path folder;

  @Test
  void shouldLoseInventOrDoubleNoPairWhenInstancesAreKilled() throws Exception {
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS_PER_KILL, 3);
      topics.create(1, DUPLICATES, "calm-" + DUPLICATES);
      topics.create(CrashRun.PARTITIONS, "calm-" + CrashRun.EMBEDDINGS);
      Topics.Reader<EmbeddingRecord> embeddings = topics.embeddings(CrashRun.EMBEDDINGS);
      Topics.Reader<DuplicateRecord> disturbed = pairs(topics, DUPLICATES);
      Topics.Reader<DuplicateRecord> calm = pairs(topics, "calm-" + DUPLICATES);
      ProgramProcess[] instances = new ProgramProcess[2];
      try {
        for (int i = 0; i < instances.length; i++) {
          instances[i] = start(broker, "instance" + i, "");
        }
        for (int kill = 0; kill < KILLS; kill++) {
          int victim = kill % instances.length;
          CrashRun.awaitMore(embeddings, RECORDS_PER_KILL / 3, instances);
          feed.add(RECORDS_PER_KILL);
          instances[victim].kill();
          CrashRun.awaitMore(embeddings, 1, instances[1 - victim]);
          instances[victim] = start(broker, "instance" + victim, "");
        }
        CrashRun.awaitDistinct(embeddings, feed.texts().size(), instances);
        try (ProgramProcess undisturbed = start(broker, "undisturbed", "calm-")) {
          Topics.Reader<EmbeddingRecord> all = topics.embeddings("calm-" + CrashRun.EMBEDDINGS);
          CrashRun.awaitDistinct(all, feed.texts().size(), undisturbed);
          await()
              .atMost(CrashRun.PATIENCE)
              .untilAsserted(
                  () -> {
                    assertThat(undisturbed.isAlive()).as(undisturbed::log).isTrue();
                    assertThat(names(disturbed.poll())).hasSameSizeAs(names(calm.poll()));
                    assertThat(recall(names(calm.records()), embeddings)).isGreaterThan(RECALL);
                  });
        }
      } finally {
        for (ProgramProcess instance : instances) {
          if (instance != null) {
            instance.close();
          }
        }
      }
      List<ConsumerRecord<byte[], DuplicateRecord>> records = disturbed.pollToEnd();
      assertThat(names(records)).hasSameSizeAs(records); // none twice
      assertThat(names(records)).isEqualTo(names(calm.pollToEnd()));
      assertThat(bruteForce(embeddings, THRESHOLD - UNDECIDED)).containsAll(names(records));
    }
  }

  private ProgramProcess start(EmbeddedBroker broker, String name, String prefix)
      throws IOException {
    Map<String, String> properties =
        CrashRun.properties(
            broker.bootstrapServers(), folder.resolve(name), CrashPoint.Guarantee.EXACTLY_ONCE);
    properties.put("application.id", prefix + "crash");
    properties.put("output.topic", prefix + CrashRun.EMBEDDINGS);
    properties.put("duplicates.topic", prefix + DUPLICATES);
    properties.put("duplicates.threshold", Double.toString(THRESHOLD));
    properties.put("duplicates.max.pairs", "10000");
    properties.put("window.partition.max.records", "10000");
    return ProgramProcess.stream(folder, name, properties);
  }

  private static Topics.Reader<DuplicateRecord> pairs(Topics topics, String topic) {
    return topics.reader(topic, DuplicateSerdes.deserializer(Map.of()));
  }

  private static Set<Set<String>> names(List<ConsumerRecord<byte[], DuplicateRecord>> records) {
    Set<Set<String>> names = new HashSet<>();
    for (ConsumerRecord<byte[], DuplicateRecord> record : records) {
      names.add(Set.of(record.value().a().id(), record.value().b().id()));
    }
    return names;
  }

  private static double recall(Set<Set<String>> found, Topics.Reader<EmbeddingRecord> embeddings) {
    Set<Set<String>> truth = bruteForce(embeddings, THRESHOLD + UNDECIDED);
    assertThat(truth).hasSizeGreaterThan(100);
    return truth.stream().filter(found::contains).count() / (double) truth.size();
  }

  private static Set<Set<String>> bruteForce(
      Topics.Reader<EmbeddingRecord> embeddings, double threshold) {
    Map<String, float[]> vectors = new HashMap<>();
    embeddings.records().forEach(in -> vectors.put(in.value().id(), in.value().vector()));
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
