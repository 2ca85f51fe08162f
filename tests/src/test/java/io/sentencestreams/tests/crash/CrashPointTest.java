package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real program, ended at one chosen moment of its work after the other: each process takes up
 * what the one before left at its own point.
 */
class CrashPointTest {
  private static final int RECORDS_PER_POINT = 200;

  /** More than most encoders can do between two commits; for the others more follow. */
  private static final int RECORDS_HELD_BACK = 1000;

  /** What needs a second instance, or topics of another shape. */
  private static final Set<CrashPoint> APART =
      EnumSet.of(CrashPoint.REVOCATION, CrashPoint.TAKEOVER, CrashPoint.CHANGELOG_ACKNOWLEDGED);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {CrashPoint.Guarantee.EXACTLY_ONCE, CrashPoint.Guarantee.AT_LEAST_ONCE})
  void shouldKeepItsGuaranteeWhereverItIsKilled(String guarantee) throws Exception {
    List<CrashPoint> points =
        Arrays.stream(CrashPoint.values())
            .filter(point -> point.isReachedUnder(guarantee))
            .filter(point -> !APART.contains(point))
            .toList();
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, 0, 3);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(broker.bootstrapServers(), folder.resolve("state"), guarantee);
      properties.put("num.stream.threads", "1"); // no thread is to take tasks from another
      for (CrashPoint point : points) {
        feed.add(RECORDS_PER_POINT);
        try (ProgramProcess process =
            ProgramProcess.streamUntil(point, folder, point.name(), properties)) {
          if (point == CrashPoint.CLOSE) {
            long goal = Math.min(CrashRun.distinct(reader.poll()) + 50, feed.texts().size());
            await()
                .atMost(CrashRun.PATIENCE)
                .until( // or it has lost its tasks, and closed them
                    () ->
                        !process.isAlive()
                            || (process.isReady() && CrashRun.distinct(reader.poll()) >= goal));
            process.terminate();
          } else {
            CrashRun.feedUntil(topics, feed, RECORDS_PER_POINT, () -> !process.isAlive());
          }
          process.awaitCrashAt(point);
        }
      }
      feed.add(RECORDS_PER_POINT);
      try (ProgramProcess process = ProgramProcess.stream(folder, "last", properties)) {
        CrashRun.awaitDone(topics, reader, feed, process);
        assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      }
      reader.pollToEnd();
      CrashRun.assertGuarantee(guarantee, reader.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }

  /**
   * One producer writes embeddings and changelog with no barrier between them: what the changelog
   * says must be right whatever becomes of the embeddings.
   */
  @Test
  void shouldLoseNothingWhenTheChangelogIsAcknowledgedAndTheEmbeddingsAreNot() throws Exception {
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, 1, RECORDS_HELD_BACK, 13);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(
              broker.bootstrapServers(),
              folder.resolve("state"),
              CrashPoint.Guarantee.AT_LEAST_ONCE);
      Map<String, String> held = new HashMap<>(properties);
      held.put("producer.interceptor.classes", HeldOutput.class.getName());
      try (ProgramProcess process =
          ProgramProcess.streamUntil(CrashPoint.CHANGELOG_ACKNOWLEDGED, folder, "held", held)) {
        CrashRun.feedUntil(topics, feed, RECORDS_HELD_BACK, () -> !process.isAlive());
        process.awaitCrashAt(CrashPoint.CHANGELOG_ACKNOWLEDGED);
      }
      try (ProgramProcess process = ProgramProcess.stream(folder, "last", properties)) {
        CrashRun.awaitDone(topics, reader, feed, process);
        assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      }
      reader.pollToEnd();
      CrashRun.assertGuarantee(CrashPoint.Guarantee.AT_LEAST_ONCE, reader.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }
}
