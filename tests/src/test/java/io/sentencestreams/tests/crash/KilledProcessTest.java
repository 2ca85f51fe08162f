package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Path;
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
  private static final int KILLS = Integer.getInteger("crash.kills", 2);

  /** Records fed for each kill, so that there is always work to be killed in. */
  private static final int RECORDS_PER_KILL = 400;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"exactly_once_v2", "at_least_once"})
  void shouldKeepItsGuaranteeWhenKilledInTheMiddle(String guarantee) throws Exception {
    Random random = new Random(7);
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS_PER_KILL, 7);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(broker.bootstrapServers(), folder.resolve("state"), guarantee);
      for (int kill = 0; kill < KILLS; kill++) {
        try (ProgramProcess process = ProgramProcess.stream(folder, "instance", properties)) {
          awaitSome(reader, feed, random, process);
          feed.add(RECORDS_PER_KILL);
          process.kill();
        }
      }
      try (ProgramProcess process = ProgramProcess.stream(folder, "instance", properties)) {
        CrashRun.awaitDone(topics, reader, feed, process);
        assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      }
      reader.pollToEnd();
      CrashRun.assertGuarantee(guarantee, reader.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }

  @Test
  void shouldHandTheWorkToTheOtherInstanceWhenOneIsKilled() throws Exception {
    Random random = new Random(11);
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS_PER_KILL, 7);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      ProgramProcess[] instances = new ProgramProcess[2];
      try {
        for (int i = 0; i < instances.length; i++) {
          instances[i] = start(broker, i);
        }
        for (int kill = 0; kill < KILLS; kill++) {
          // The one that was started last may be starting still; the other one does the work.
          int victim = kill % instances.length;
          awaitSome(reader, feed, random, instances);
          feed.add(RECORDS_PER_KILL);
          instances[victim].kill();
          awaitSome(reader, feed, random, instances[1 - victim]);
          instances[victim] = start(broker, victim);
        }
        CrashRun.awaitDistinct(reader, feed.texts().size(), instances);
      } finally {
        for (ProgramProcess instance : instances) {
          if (instance != null) {
            instance.close();
          }
        }
      }
      reader.pollToEnd();
      CrashRun.assertExactlyOnce(reader.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }

  private ProgramProcess start(EmbeddedBroker broker, int instance) throws IOException {
    String name = "instance" + instance;
    return ProgramProcess.stream(
        folder,
        name,
        CrashRun.properties(
            broker.bootstrapServers(), folder.resolve(name), CrashPoint.Guarantee.EXACTLY_ONCE));
  }

  /** Waits until some more embeddings are there, however far into the work that is. */
  private static void awaitSome(
      Topics.Reader<EmbeddingRecord> reader,
      Feed feed,
      Random random,
      ProgramProcess... processes) {
    CrashRun.awaitMore(reader, feed, 1 + random.nextInt(RECORDS_PER_KILL / 4), processes);
  }
}
