package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.schemas.releases.ScoreChange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleasesCommandTest {
  private static final String BASE = "a".repeat(64);
  private static final String FIRST = "b".repeat(64);
  private static final String SECOND = "c".repeat(64);

  @TempDir private Path folder;

  @Test
  void shouldListPinAndRollBackReleases() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Admin admin = Admin.create(client)) {
        TopicCreation.create(admin, List.of(new NewTopic("sts", 1, (short) 1)));
      }
      Path file = folder.resolve("retrain.properties");
      Files.writeString(
          file,
          """
          bootstrap.servers=%s
          labels=sts
          labels.sts.kind=scored-pairs
          guard.file=guard.tsv
          releases.folder=releases
          work.folder=work
          """
              .formatted(broker.bootstrapServers()));
      String config = file.toString();
      assertThat(CommandRun.of("releases", "list", "--config", config).out()).isEmpty();
      try (KafkaProducer<String, ReleaseRecord> producer =
          new KafkaProducer<>(client, new StringSerializer(), ReleaseSerdes.releaseSerializer())) {
        for (ReleaseRecord release : List.of(release(FIRST, BASE), release(SECOND, FIRST))) {
          producer.send(new ProducerRecord<>("model-releases", release.key(), release)).get();
        }
      }
      assertThat(current(config)).isEqualTo(SECOND);
      assertThat(CommandRun.of("releases", "rollback", "--config", config, "bb").exitCode())
          .isZero();
      assertThat(current(config)).isEqualTo(FIRST);
      assertThat(CommandRun.of("releases", "pin", "--config", config, "cc").exitCode()).isZero();
      assertThat(current(config)).isEqualTo(SECOND);
      assertThat(CommandRun.of("releases", "unpin", "--config", config).exitCode()).isZero();
      assertThat(current(config)).isEqualTo(FIRST);
      // The model before the first release can be gone back to as well.
      assertThat(CommandRun.of("releases", "rollback", "--config", config, "aa").out())
          .contains(BASE);
      CommandRun unknown = CommandRun.of("releases", "pin", "--config", config, "dd");
      assertThat(unknown.exitCode()).isEqualTo(1);
      assertThat(unknown.err()).contains("dd names 0 models");
      assertThat(CommandRun.of("retrain", "--config", config, "--now").exitCode()).isZero();
    }
  }

  @Test
  void shouldNameTheFileAndTheKeyThatIsWrong() throws Exception {
    Path file = folder.resolve("wrong.properties");
    Files.writeString(
        file,
        """
        bootstrap.servers=localhost:1
        labels=sts
        labels.sts.kind=scored-pairs
        trigger.lables=1
        guard.file=guard.tsv
        releases.folder=releases
        work.folder=work
        """);
    CommandRun run = CommandRun.of("retrain", "--config", file.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains(file.toString()).contains("trigger.lables");
    assertThat(CommandRun.of("retrain", "--keys").out()).contains("#guard.file=", "#kind=");
  }

  private static ReleaseRecord release(String version, String parent) {
    return ReleaseRecord.release(
        version, parent, Map.of("guard", new ScoreChange(0.8, 0.81)), "run", 1);
  }

  private static String current(String config) throws Exception {
    return CommandRun.of("releases", "list", "--config", config).json().stream()
        .filter(json -> json.path("current").asBoolean())
        .map(json -> json.path("version"))
        .map(JsonNode::asText)
        .findFirst()
        .orElse("none");
  }
}
