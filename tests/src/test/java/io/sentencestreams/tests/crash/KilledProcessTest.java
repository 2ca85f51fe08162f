package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program with the real model, killed in the middle of its work. */
class KilledProcessTest {
  private static final int RECORDS = Integer.getInteger("crash.records", 1200);
  private static final int KILLS = Integer.getInteger("crash.kills", 3);
  private static final int PARTITIONS = 4;
  private static final int KEYS = 37;

  /** 128 + 15: what a process that SIGTERM ended reports, its hooks run. */
  private static final int SIGTERM_STATUS = 143;

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  @Test
  void shouldEmitEachEmbeddingOnceAndInOrderPerKeyWhenKilledInTheMiddle() throws Exception {
    Random random = new Random(7);
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        Topics topics = new Topics(broker.bootstrapServers())) {
      topics.create(PARTITIONS, "texts", "embeddings", "dead-letters");
      List<String> texts = texts(random);
      topics.produce("texts", texts.size(), i -> "key" + i % KEYS, texts::get);

      Topics.Reader<EmbeddingRecord> reader = topics.embeddings("embeddings");
      int killed = 0;
      while (killed < KILLS) {
        try (StreamProcess process =
            StreamProcess.start(folder, "instance", properties(broker, folder))) {
          int seen = reader.records().size();
          // Some way into the work of this process, wherever that is.
          int goal = Math.min(texts.size(), seen + 1 + random.nextInt(texts.size() / (2 * KILLS)));
          await()
              .atMost(PATIENCE)
              .until(
                  () -> {
                    assertThat(process.isAlive()).as(process::log).isTrue();
                    return reader.poll().size() >= goal;
                  });
          process.kill();
          killed++;
        }
      }
      assertThat(reader.records().size()).as("work left for the last start").isLessThan(RECORDS);
      try (StreamProcess process =
          StreamProcess.start(folder, "instance", properties(broker, folder))) {
        await().atMost(PATIENCE).until(() -> reader.poll().size() >= texts.size());
        assertThat(process.stop()).as(process::log).isEqualTo(SIGTERM_STATUS);
      }
      reader.poll();
      assertEachOnceInOrder(reader.records(), texts);
      assertThat(topics.endOffset("dead-letters")).isZero();
    }
  }

  private static void assertEachOnceInOrder(
      List<ConsumerRecord<byte[], EmbeddingRecord>> records, List<String> texts) {
    assertThat(records).hasSize(texts.size());
    Set<String> ids = new HashSet<>();
    Map<String, Long> lastOffset = new HashMap<>();
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      float[][] undisturbed = encoder.encode(texts);
      for (ConsumerRecord<byte[], EmbeddingRecord> record : records) {
        EmbeddingRecord embedding = record.value();
        assertThat(ids.add(embedding.id())).as("%s only once", embedding.id()).isTrue();
        String key = Topics.text(record.key());
        assertThat(embedding.offset()).isGreaterThan(lastOffset.getOrDefault(key, -1L));
        lastOffset.put(key, embedding.offset());
        float[] expected = undisturbed[texts.indexOf(embedding.text())];
        for (int i = 0; i < expected.length; i++) {
          assertThat(embedding.vector()[i]).isCloseTo(expected[i], within(1e-5f));
        }
      }
    }
  }

  private static Map<String, String> properties(EmbeddedBroker broker, Path folder) {
    Map<String, String> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("application.id", "crash");
    properties.put("state.dir", folder.resolve("state").toString());
    properties.put("num.stream.threads", "2");
    properties.put("input.topics", "texts");
    properties.put("output.topic", "embeddings");
    properties.put("dead.letter.topic", "dead-letters");
    properties.put("output.include.text", "true");
    properties.put("model.precision", "fp32");
    properties.put("http.port", "0");
    return properties;
  }

  private static List<String> texts(Random random) {
    List<String> words =
        List.of("the", "parcel", "a", "train", "late", "refund", "storm", "of", "bank", "goal");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      StringBuilder text = new StringBuilder("record " + i);
      for (int word = 0; word < 1 + random.nextInt(30); word++) {
        text.append(' ').append(words.get(random.nextInt(words.size())));
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
