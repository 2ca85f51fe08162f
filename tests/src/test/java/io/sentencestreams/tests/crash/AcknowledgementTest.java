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
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Under at-least-once an embedding and the entry of its record in the store are two records with no
 * transaction around them. Here the broker acknowledges the one and not the other.
 */
class AcknowledgementTest {
  private static final int RECORDS = 600;
  private static final String CHANGELOG = "crash-in-flight-changelog";

  @TempDir private Path folder;

  @Test
  void shouldLoseNothingWhenKilledWithTheChangelogAcknowledgedAndTheOutputNot() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS, 13);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(
              broker.bootstrapServers(),
              folder.resolve("state"),
              CrashPoint.Guarantee.AT_LEAST_ONCE);
      try (ProgramProcess process = ProgramProcess.stream(folder, "first", properties)) {
        CrashRun.awaitMore(reader, 100, process);
        long changelog = topics.endOffset(CHANGELOG);
        // A topic of one replica that asks for two refuses every record, for as long as it does.
        setMinInSyncReplicas(broker, 2);
        feed.add(RECORDS);
        // The setting takes effect a moment later. When the output has stood still for longer than
        // two commit intervals, all threads have tried to commit: the changelog has its records.
        AtomicLong output = new AtomicLong(-1);
        await()
            .during(Duration.ofSeconds(2))
            .atMost(CrashRun.PATIENCE)
            .until(
                () -> {
                  long end = topics.endOffset(CrashRun.EMBEDDINGS);
                  return output.getAndSet(end) == end;
                });
        process.kill();
        assertThat(topics.endOffset(CHANGELOG)).isGreaterThan(changelog);
        assertThat(topics.endOffset(CrashRun.EMBEDDINGS))
            .isEqualTo(output.get())
            .isLessThan(feed.texts().size());
      }
      setMinInSyncReplicas(broker, 1);
      try (ProgramProcess process = ProgramProcess.stream(folder, "second", properties)) {
        CrashRun.awaitDistinct(reader, feed.texts().size(), process);
        assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      }
      reader.pollToEnd();
      CrashRun.assertGuarantee(CrashPoint.Guarantee.AT_LEAST_ONCE, reader.records(), feed.texts());
    }
  }

  private static void setMinInSyncReplicas(EmbeddedBroker broker, int replicas) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.TOPIC, CrashRun.EMBEDDINGS),
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry(
                              TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(replicas)),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }
}
