package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.release.FolderReleaseStore;
import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Outcome;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The retraining service is killed by SIGKILL in the middle of a run and started again: the run is
 * done once, with one release and the offsets of its labels. Into a bucket it is killed before the
 * manifest is put; with {@code -Dcrash.retrain.s3=true} at each step too, and at random moments.
 */
class RetrainCrashTest {
  private static final int LABELS = 300;

  /** {@code -Dcrash.retrain.kills=20} for more. */
  private static final int KILLS = Integer.getInteger("crash.retrain.kills", 3);

  private static final boolean ALL_OF_S3 = Boolean.getBoolean("crash.retrain.s3");

  private static final Set<CrashPoint> FOLDERS_OWN =
      Set.of(CrashPoint.RETRAIN_UPLOADING, CrashPoint.RETRAIN_UPLOADED);

  /** With the default, which is more steps than the run has. */
  private static final Set<CrashPoint> WITHOUT_CHECKPOINTS =
      Set.of(CrashPoint.RETRAIN_TRAINED, CrashPoint.RETRAIN_UPLOADED);

  private static final String[][] THEMES = {
    {"cat", "dog", "mat", "sits"},
    {"kafka", "stream", "topic", "text"},
    {"red", "blue", "slow", "fast"}
  };

  private static final Path MODEL =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");

  @TempDir private Path folder;

  private boolean hasCheckpoints = true;
  private EmbeddedBroker broker;
  private Topics topics;

  /** Null where releases go to a folder. */
  private S3Process bucket;

  @BeforeEach
  void produceLabels() throws Exception {
    broker = CrashRun.broker();
    topics = new Topics(broker.bootstrapServers());
    topics.create(2, "pairs");
    Random random = new Random(1);
    String[] labels = new String[LABELS];
    Arrays.setAll(labels, i -> label(random, i));
    topics.produce("pairs", LABELS, i -> "key" + i, i -> labels[i]);
    StringBuilder guard = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      int one = random.nextInt(THEMES.length);
      int other = random.nextInt(THEMES.length);
      guard.append(text(one, random)).append('\t').append(text(other, random)).append('\t');
      guard.append(one == other ? 1 : 0).append('\n');
    }
    Files.writeString(folder.resolve("guard.tsv"), guard);
  }

  @AfterEach
  void close() {
    if (bucket != null) {
      bucket.close();
    }
    topics.close();
    broker.close();
  }

  private static String label(Random random, int number) {
    int one = random.nextInt(THEMES.length);
    int other = number % 2 == 0 ? one : random.nextInt(THEMES.length);
    // The number makes each pair another one.
    return "{\"text1\": \"%s %d\", \"text2\": \"%s\", \"score\": %d}"
        .formatted(text(one, random), number, text(other, random), one == other ? 1 : 0);
  }

  private static String text(int theme, Random random) {
    StringBuilder text = new StringBuilder("the");
    for (int i = 0; i < 4; i++) {
      text.append(' ').append(THEMES[theme][random.nextInt(THEMES[theme].length)]);
    }
    return text.toString();
  }

  private Map<String, String> properties() {
    Map<String, String> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("labels", "pairs");
    properties.put("labels.pairs.kind", "scored-pairs");
    properties.put("model", MODEL.toString());
    properties.putAll(
        bucket == null
            ? Map.of("releases.folder", folder.resolve("releases").toString())
            : bucket.properties());
    properties.put("work.folder", folder.resolve("work").toString());
    properties.put("guard.file", folder.resolve("guard.tsv").toString());
    properties.put("trigger.labels", Integer.toString(LABELS));
    properties.put("held.out.share", "0.3");
    properties.put("learning.rate", "1e-3");
    properties.put("epochs", "3");
    properties.put("threads", "1");
    if (hasCheckpoints) {
      properties.put("checkpoint.steps", "10");
    }
    return properties;
  }

  static Stream<CrashPoint> points() {
    return Arrays.stream(CrashPoint.values())
        .filter(point -> point.isReachedUnder(CrashPoint.Guarantee.RETRAIN))
        .filter(point -> point.name().startsWith("RETRAIN_"))
        .filter(point -> !point.name().startsWith("RETRAIN_S3_"));
  }

  @ParameterizedTest
  @MethodSource("points")
  void shouldReleaseOnceWhenKilledAt(CrashPoint point) throws Exception {
    hasCheckpoints = !WITHOUT_CHECKPOINTS.contains(point);
    killAt(point);
  }

  static Stream<CrashPoint> pointsOfABucket() {
    return Arrays.stream(CrashPoint.values())
        .filter(point -> point.name().startsWith("RETRAIN_"))
        .filter(point -> !FOLDERS_OWN.contains(point))
        .filter(point -> ALL_OF_S3 || point == CrashPoint.RETRAIN_S3_UPLOADING);
  }

  @ParameterizedTest
  @MethodSource("pointsOfABucket")
  void shouldReleaseOnceIntoABucketWhenKilledAt(CrashPoint point) throws Exception {
    openBucket();
    killAt(point);
  }

  private void openBucket() throws IOException {
    bucket = new S3Process(folder);
    try (ReleaseStore store = bucket.store()) {
      store.publish(MODEL, "mean"); // so that what the service puts there is of the candidate
    }
  }

  private void killAt(CrashPoint point) throws Exception {
    try (ProgramProcess killed =
        ProgramProcess.retrainUntil(point, folder, "retrain", properties(), jvmOptions())) {
      killed.awaitCrashAt(point);
    }
    try (ProgramProcess again = start()) {
      assertOneRelease(again);
    }
  }

  @Test
  void shouldReleaseOnceHoweverOftenItIsKilled() throws Exception {
    killAtRandom();
  }

  @Test
  void shouldReleaseOnceIntoABucketHoweverOftenItIsKilled() throws Exception {
    assumeThat(ALL_OF_S3).as("-Dcrash.retrain.s3=true").isTrue();
    openBucket();
    killAtRandom();
  }

  private void killAtRandom() throws Exception {
    long seed = Long.getLong("crash.seed", 7);
    Random random = new Random(seed);
    for (int i = 0; i < KILLS; i++) {
      try (ProgramProcess killed = start()) {
        killed.killAfter(Duration.ofMillis(1000 + random.nextInt(9000)));
      }
    }
    try (ProgramProcess again = start()) {
      assertOneRelease(again);
    }
  }

  private ProgramProcess start() throws IOException {
    return ProgramProcess.retrain(folder, "retrain", properties(), jvmOptions());
  }

  private List<String> jvmOptions() {
    return bucket == null ? List.of() : S3Process.jvmOptions();
  }

  private void assertOneRelease(ProgramProcess service) throws Exception {
    awaitTopic("training-runs", service);
    Topics.Reader<TrainingRunRecord> runs =
        topics.reader("training-runs", ReleaseSerdes.runDeserializer());
    awaitRuns(runs, 1, service);
    // A second run finds no new label, whatever was read again.
    topics.produce("retrain-commands", 1, i -> "key", i -> "run");
    awaitRuns(runs, 2, service);
    List<TrainingRunRecord> all = runs.poll().stream().map(record -> record.value()).toList();
    assertThat(all).hasSize(2);
    assertThat(all.get(0).outcome()).as(all.get(0)::toString).isEqualTo(Outcome.RELEASED);
    assertThat(all.get(0).tasks().get(0).newLabels()).isEqualTo(LABELS);
    assertThat(all.get(1).tasks().get(0).newLabels()).isZero();
    assertThat(all.get(1).base()).isEqualTo(all.get(0).candidate());
    List<String> released =
        all.stream()
            .filter(run -> run.outcome() == Outcome.RELEASED)
            .map(TrainingRunRecord::candidate)
            .toList();
    Topics.Reader<ReleaseRecord> releases =
        topics.reader("model-releases", ReleaseSerdes.releaseDeserializer());
    await().atMost(CrashRun.PATIENCE).until(() -> releases.poll().size() >= released.size());
    assertThat(releases.poll().stream().map(record -> record.value().version()))
        .containsExactlyElementsOf(released);
    try (ReleaseStore store =
        bucket == null ? new FolderReleaseStore(folder.resolve("releases")) : bucket.store()) {
      for (String version : released) {
        Path copy = Files.createDirectory(folder.resolve(version));
        store.download(version, copy);
        Checkpoint release = Checkpoint.open(copy);
        release.verify();
        assertThat(release.digest()).isEqualTo(version);
      }
    }
    assertThat(topics.committed("sentence-streams-retrain", "pairs", true)).isEqualTo(LABELS);
  }

  private void awaitTopic(String topic, ProgramProcess service) throws IOException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      await()
          .atMost(CrashRun.PATIENCE)
          .until(
              () -> {
                assertThat(service.isAlive()).as(service::log).isTrue();
                return admin.listTopics().names().get().contains(topic);
              });
    }
  }

  private static void awaitRuns(
      Topics.Reader<TrainingRunRecord> runs, int count, ProgramProcess service) {
    await()
        .atMost(CrashRun.PATIENCE)
        .until(
            () -> {
              assertThat(service.isAlive()).as(service::log).isTrue();
              return runs.poll().size() >= count;
            });
  }
}
