package io.sentencestreams.app.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.batch.DelegatingEncoder;
import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.topology.RecordLimits;
import io.sentencestreams.app.window.WindowTopology;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the follower of releases outlives. The stream beside it is loaded and has not started. */
class ReleaseFollowerTest {
  private static final String BASE = "a".repeat(64);
  private static final String SECOND = "b".repeat(64);
  private static final String THIRD = "c".repeat(64);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SOON_MS = 50;
  private static final int NEVER_MS = 3_600_000;

  private static EmbeddedBroker broker;
  private static KafkaProducer<byte[], byte[]> producer;
  private static int tests;

  @TempDir private Path folder;

  private final Releases loader = new Releases();
  private String releases;
  private String application;

  /** Letters, by a model of a digest. */
  private static final class Version extends DelegatingEncoder {
    private final String digest;

    Version(String digest) {
      this.digest = digest;
    }

    @Override
    public String modelVersion() {
      return version(digest);
    }
  }

  /** Loads any version, and fails when it is told to. */
  private static final class Releases implements ReleaseLoader {
    private final List<Version> loaded = new CopyOnWriteArrayList<>();
    private volatile String missingOnce = "";
    private volatile String fatal = "";
    private volatile boolean untidy;

    @Override
    public BatchEncoder load(String version, String precision) throws IOException {
      if (version.equals(fatal)) {
        throw new NoClassDefFoundError("a library of another version");
      }
      if (version.equals(missingOnce)) {
        missingOnce = "";
        throw new IOException("the store is away");
      }
      Version encoder = new Version(version);
      loaded.add(encoder);
      return encoder;
    }

    @Override
    public void keepOnly(Set<String> versions) {
      if (untidy) {
        throw new UncheckedIOException(new NoSuchFileException("a file that went meanwhile"));
      }
    }
  }

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
    producer = new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  @AfterAll
  static void stopBroker() {
    producer.close();
    broker.close();
  }

  private static Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  @BeforeEach
  void createTopic() {
    releases = "releases" + tests;
    application = "followed" + tests++;
    createTopic(releases);
  }

  @AfterEach
  void shouldHaveFreedWhatItLoaded() {
    assertThat(loader.loaded).allMatch(encoder -> encoder.letters().isClosed());
  }

  @Test
  void shouldFollowOnWhenModelsOfNoUseCannotBeDeleted() throws Exception {
    loader.untidy = true;
    try (StreamsApp app = app(SOON_MS, Map.of());
        ReleaseFollower follower = new ReleaseFollower(config(SOON_MS, Map.of()), app, loader)) {
      release(SECOND);
      follower.start();
      assertThat(app.modelVersion()).isEqualTo(version(SECOND));
      release(THIRD);
      await().atMost(PATIENCE).until(() -> app.modelVersion().equals(version(THIRD)));
      assertThat(follower.problem()).isEmpty();
    }
  }

  @Test
  void shouldLeaveOutWhatIsNoRelease() throws Exception {
    try (StreamsApp app = app(SOON_MS, window());
        ReleaseFollower follower = new ReleaseFollower(config(SOON_MS, window()), app, loader)) {
      send(releases, "null");
      follower.start();
      send(releases, "null");
      send(releases, "{\"action\":\"UNPIN\",\"parent\":\"short\"}");
      release(SECOND);
      await().atMost(PATIENCE).until(() -> app.modelVersion().equals(version(SECOND)));
      assertThat(follower.problem()).isEmpty();
    }
  }

  @Test
  void shouldFollowOnAfterAFailureOfItsOwn() throws Exception {
    String changelog = createChangelog();
    try (StreamsApp app = app(SOON_MS, window());
        ReleaseFollower follower = new ReleaseFollower(config(SOON_MS, window()), app, loader)) {
      follower.start();
      send(changelog, "no version");
      release(SECOND);
      await().atMost(PATIENCE).until(() -> app.modelVersion().equals(version(SECOND)));
      release(THIRD);
      await().atMost(PATIENCE).until(() -> app.modelVersion().equals(version(THIRD)));
      await().atMost(PATIENCE).until(() -> follower.problem().isEmpty());
    }
  }

  @Test
  void shouldSayThatItFailedUntilItTriesAgain() throws Exception {
    String changelog = createChangelog();
    try (StreamsApp app = app(NEVER_MS, window());
        ReleaseFollower follower = new ReleaseFollower(config(NEVER_MS, window()), app, loader)) {
      follower.start();
      assertThat(follower.problem()).isEmpty();
      send(changelog, "no version");
      await().atMost(PATIENCE).until(() -> follower.problem().isPresent());
      assertThat(follower.problem().orElseThrow()).contains("is tried again");
    }
  }

  @Test
  void shouldSayForGoodThatItDied() throws Exception {
    loader.fatal = SECOND;
    try (StreamsApp app = app(SOON_MS, Map.of());
        ReleaseFollower follower = new ReleaseFollower(config(SOON_MS, Map.of()), app, loader)) {
      follower.start();
      release(SECOND);
      await().atMost(PATIENCE).until(() -> follower.problem().isPresent());
      assertThat(follower.problem().orElseThrow())
          .contains("restart the process", "a library of another version");
    }
  }

  @Test
  void shouldBringTheModelBeforeBackWhenTheEncoderWasLoadedAgainAndTheWindowHasNotFollowed()
      throws Exception {
    try (StreamsApp app = app(SOON_MS, window());
        ReleaseFollower follower = new ReleaseFollower(config(SOON_MS, window()), app, loader)) {
      ReleaseSuccession succession = app.succession().orElseThrow();
      succession.settled(0, version(BASE));
      release(SECOND);
      follower.start();
      assertThat(app.modelVersion()).isEqualTo(version(SECOND));
      assertThat(app.olderModelVersion()).contains(version(BASE));

      loader.missingOnce = BASE;
      Version broken = loader.loaded.get(0);
      broken.letters().broken(true);
      Outcome outcome = succession.encode("a text").get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(outcome).isInstanceOf(Outcome.Encoded.class);
      assertThat(broken.letters().isClosed()).isTrue(); // and the model before with it
      await()
          .atMost(PATIENCE)
          .until(() -> app.olderModelVersion().equals(Optional.of(version(BASE))));
      assertThat(loader.missingOnce).isEmpty();

      succession.settled(0, version(SECOND));
      await().atMost(PATIENCE).until(() -> app.olderModelVersion().isEmpty());
    }
  }

  private StreamsApp app(int retryMillis, Map<String, Object> more) {
    return new StreamsApp(
        config(retryMillis, more), RecordLimits.of(1_000_000), () -> new Version(BASE));
  }

  private AppConfig config(int retryMillis, Map<String, Object> more) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("application.id", application);
    properties.put("state.dir", folder.toString());
    properties.put(AppConfig.RELEASES_TOPIC, releases);
    properties.put(AppConfig.RELEASES_FOLDER, folder.toString());
    properties.put(AppConfig.RELEASES_RETRY_MS, retryMillis);
    properties.put(AppConfig.ENCODER_RELOAD_BACKOFF_MS, 20);
    properties.putAll(more);
    return new AppConfig(properties);
  }

  private static Map<String, Object> window() {
    return Map.of(
        AppConfig.DUPLICATES_TOPIC,
        "duplicates",
        AppConfig.WINDOW_PARTITIONS,
        1,
        AppConfig.WINDOW_PARTITION_MAX_RECORDS,
        1_000);
  }

  private static String version(String digest) {
    return digest.substring(0, 12) + "-fp32";
  }

  private String createChangelog() {
    String changelog = application + "-" + WindowTopology.VERSIONS_TOPIC;
    createTopic(changelog);
    return changelog;
  }

  private static void createTopic(String name) {
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(admin, List.of(new NewTopic(name, 1, (short) 1)));
    }
  }

  private void release(String digest) throws Exception {
    ReleaseRecord record = ReleaseRecord.release(digest, BASE, Map.of(), "run", 1);
    producer
        .send(
            new ProducerRecord<>(
                releases, ReleaseSerdes.releaseSerializer().serialize(releases, record)))
        .get();
  }

  private static void send(String topic, String value) throws Exception {
    producer.send(new ProducerRecord<>(topic, value.getBytes(StandardCharsets.UTF_8))).get();
  }
}
