package io.sentencestreams.app.retrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.trainer.retraining.ReleaseControl;
import io.sentencestreams.trainer.retraining.RetrainException;
import java.io.Closeable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service on a broker that forgets in seconds, by a clock on which hours pass meanwhile. */
class IdleRetrainingTest {
  private static final String EXPIRATION_MS = "6000";
  private static final Map<String, Object> BY_COMMAND = Map.of("trigger.labels", 0);
  private static final int LABELS = 20;

  private static EmbeddedBroker broker;

  @TempDir private Path folder;

  @BeforeAll
  static void startBroker() {
    broker =
        EmbeddedBroker.builder()
            .property("transactional.id.expiration.ms", EXPIRATION_MS)
            .property("transaction.remove.expired.transaction.cleanup.interval.ms", "100")
            .start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** An hour later whenever it is asked. */
  private static InstantSource hours() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    return () -> now.updateAndGet(before -> before.plus(Duration.ofHours(1)));
  }

  @Test
  void shouldCommitARunAfterTheBrokerHasForgottenWhoWasIdleForAsLong() throws Exception {
    Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (RetrainStage stage = new RetrainStage(broker.bootstrapServers(), "idle", folder);
        RetrainStage.Running service = stage.start(BY_COMMAND, hours()).awaitReady();
        ReleaseControl control = new ReleaseControl(stage.config(BY_COMMAND));
        Admin admin = Admin.create(client)) {
      takeAnId(client);
      stage.produce(Themes.labels(LABELS, 1));
      service.awaitLabels(LABELS);
      await().atMost(RetrainStage.PATIENCE).until(() -> isForgotten(admin, "another"));
      assertThat(stage.committed().values()).as("of labels that no run has used").containsOnly(0L);
      control.retrainNow();
      await()
          .atMost(RetrainStage.PATIENCE)
          .until(() -> service.failure().isPresent() || !stage.runs().isEmpty());
      assertThat(service.failure()).isEmpty();
      TrainingRunRecord run = stage.runs().get(0);
      assertThat(run.tasks().get(0).newLabels()).isEqualTo(LABELS);
      assertThat(stage.committed()).isEqualTo(stage.ends());
    }
  }

  private static void takeAnId(Map<String, Object> client) {
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("transactional.id", "another");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
    }
  }

  private static boolean isForgotten(Admin admin, String id) throws Exception {
    try {
      admin.describeTransactions(List.of(id)).all().get();
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransactionalIdNotFoundException) {
        return true;
      }
      throw e;
    }
  }

  @Test
  @SuppressWarnings("try") // the broker is closed behind the others
  void shouldWaitForABrokerThatIsAwayForLongerThanItsClientsTry() throws Exception {
    Map<String, Object> impatient = new HashMap<>(BY_COMMAND);
    impatient.put("request.timeout.ms", 500);
    impatient.put("default.api.timeout.ms", 1000);
    impatient.put("max.block.ms", 1000);
    EmbeddedBroker.Builder builder =
        EmbeddedBroker.builder().dataDirectory(folder.resolve("broker"));
    AtomicReference<EmbeddedBroker> current = new AtomicReference<>(builder.start());
    String address = current.get().bootstrapServers();
    try (Closeable last = () -> current.get().close();
        RetrainStage stage = new RetrainStage(address, "patient", folder);
        RetrainStage.Running service = stage.start(impatient, hours()).awaitReady()) {
      stage.produce(Themes.labels(LABELS, 1));
      service.awaitLabels(LABELS);
      current.get().close();
      awaitSaid(service, "does not answer");
      int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
      current.set(builder.port(port).start());
      awaitSaid(service, "answers again");
      try (ReleaseControl control = new ReleaseControl(stage.config(BY_COMMAND))) {
        control.retrainNow();
      }
      assertThat(stage.awaitRuns(1).get(0).tasks().get(0).newLabels()).isEqualTo(LABELS);
      assertThat(service.failure()).isEmpty();
    }
  }

  private static void awaitSaid(RetrainStage.Running service, String words) {
    await()
        .atMost(RetrainStage.PATIENCE)
        .until(
            () ->
                service.failure().isPresent()
                    || service.said().anyMatch(line -> line.contains(words)));
    assertThat(service.failure()).isEmpty();
  }

  @Test
  void shouldNoticeWhileIdleThatAnotherServiceHasTakenOver() throws Exception {
    try (RetrainStage stage = new RetrainStage(broker.bootstrapServers(), "replaced", folder);
        RetrainStage.Running first = stage.start(BY_COMMAND, hours()).awaitReady();
        RetrainStage.Running second = stage.start(BY_COMMAND, hours()).awaitReady()) {
      assertThatThrownBy(first.end()::join)
          .hasCauseInstanceOf(RetrainException.class)
          .hasMessageContaining("taken over");
      assertThat(second.failure()).isEmpty();
    }
  }
}
