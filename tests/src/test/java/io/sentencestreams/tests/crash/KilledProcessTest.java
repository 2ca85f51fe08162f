package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real program with the real model, killed (SIGKILL) at random moments of its work. The number
 * of kills is the system property {@code crash.kills}.
 */
class KilledProcessTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 3);

  /** Records for each kill, so that there is always work left to be killed in. */
  private static final int RECORDS_PER_KILL = 400;

  /** 128 + 15: what a process that SIGTERM ended reports, its hooks run. */
  private static final int SIGTERM_STATUS = 143;

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"exactly_once_v2", "at_least_once"})
  void shouldKeepItsGuaranteeWhenKilledInTheMiddle(String guarantee) throws Exception {
    Random random = new Random(7);
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        Topics topics = new Topics(broker.bootstrapServers())) {
      List<String> texts = fill(topics, random);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(broker, folder.resolve("state"), guarantee);
      for (int kill = 0; kill < KILLS; kill++) {
        try (StreamProcess process = StreamProcess.start(folder, "instance", properties)) {
          awaitSome(reader, random, process);
          process.kill();
        }
      }
      assertThat(CrashRun.distinct(reader.records())).as("work is left").isLessThan(texts.size());
      try (StreamProcess process = StreamProcess.start(folder, "instance", properties)) {
        await().atMost(PATIENCE).until(() -> CrashRun.distinct(reader.poll()) >= texts.size());
        assertThat(process.stop()).as(process::log).isEqualTo(SIGTERM_STATUS);
      }
      reader.poll();
      if (guarantee.equals("exactly_once_v2")) {
        CrashRun.assertExactlyOnce(reader.records(), texts);
      } else {
        CrashRun.assertAtLeastOnce(reader.records(), texts);
      }
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }

  @Test
  void shouldHandTheWorkToTheOtherInstanceWhenOneIsKilled() throws Exception {
    Random random = new Random(11);
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        Topics topics = new Topics(broker.bootstrapServers())) {
      List<String> texts = fill(topics, random);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      StreamProcess[] instances = new StreamProcess[2];
      try {
        for (int i = 0; i < instances.length; i++) {
          instances[i] = start(broker, i);
        }
        for (int kill = 0; kill < KILLS; kill++) {
          int victim = random.nextInt(instances.length);
          awaitSome(reader, random, instances);
          instances[victim].kill();
          awaitSome(reader, random, instances[1 - victim]);
          instances[victim] = start(broker, victim);
        }
        await().atMost(PATIENCE).until(() -> reader.poll().size() >= texts.size());
      } finally {
        for (StreamProcess instance : instances) {
          if (instance != null) {
            instance.close();
          }
        }
      }
      reader.poll();
      CrashRun.assertExactlyOnce(reader.records(), texts);
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }

  private StreamProcess start(EmbeddedBroker broker, int instance) {
    String name = "instance" + instance;
    return StreamProcess.start(
        folder, name, CrashRun.properties(broker, folder.resolve(name), "exactly_once_v2"));
  }

  private static List<String> fill(Topics topics, Random random) throws Exception {
    topics.create(CrashRun.PARTITIONS, CrashRun.TEXTS, CrashRun.EMBEDDINGS, CrashRun.DEAD_LETTERS);
    List<String> texts = CrashRun.texts((KILLS + 1) * RECORDS_PER_KILL, random);
    topics.produce(CrashRun.TEXTS, texts.size(), CrashRun::key, texts::get);
    return texts;
  }

  /** Waits until some more embeddings are there, however far into the work that is. */
  private static void awaitSome(
      Topics.Reader<EmbeddingRecord> reader, Random random, StreamProcess... processes) {
    int goal = reader.poll().size() + 1 + random.nextInt(RECORDS_PER_KILL / 4);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              for (StreamProcess process : processes) {
                assertThat(process.isAlive()).as(process::log).isTrue();
              }
              return reader.poll().size() >= goal;
            });
  }
}
