package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.window.WindowSetup;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.release.FolderReleaseStore;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The window follows a model that takes over, and the instance that is at it is killed by SIGKILL:
 * two instances of the real program, two versions of a real model. {@code -Dcrash.kills=N} goes
 * back and forth between the versions and kills so many times; then some releases come before the
 * window has followed the one before.
 */
class SwapCrashTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 1);

  /** A window of no more than a thousand texts in a partition is searched exactly. */
  private static final int RECORDS_PER_KILL = Math.min(120, 1000 / (KILLS + 1));

  private static final int WINDOW_PARTITIONS = 4;
  private static final String DUPLICATES = "duplicates";
  private static final String RELEASES = "model-releases";
  private static final String REEMBEDDING = "kafka_window_partitions_reembedding";
  private static final String REEMBEDDED = "kafka_window_reembedded_total";

  @TempDir private Path folder;

  private final Random random = new Random(Long.getLong("crash.seed", 17));
  private final ProgramProcess[] instances = new ProgramProcess[2];
  private EmbeddedBroker broker;
  private Topics topics;

  /** The stream's own model, and one that takes over from it. */
  private final List<Path> models = new ArrayList<>();

  /** Models that differ in how they make one vector of those of the tokens. */
  @BeforeEach
  void prepare() throws IOException {
    broker = CrashRun.broker();
    topics = new Topics(broker.bootstrapServers());
    Path own = ModelRepository.ofUser().resolve("all-MiniLM-L6-v2").directory();
    Path other = folder.resolve("other");
    try (Stream<Path> files = Files.walk(own)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = other.resolve(own.relativize(file).toString());
        Files.createDirectories(Objects.requireNonNull(copy.getParent()));
        if (!file.endsWith("manifest.json")) {
          Files.copy(file, copy);
        }
      }
    }
    Path pooling = other.resolve("1_Pooling/config.json");
    Files.writeString(
        pooling,
        Files.readString(pooling)
            .replace(
                "\"pooling_mode_mean_tokens\": true",
                "\"pooling_mode_mean_tokens\": false, \"pooling_mode_weightedmean_tokens\": true"));
    Path releases = folder.resolve("releases");
    FolderReleaseStore store = new FolderReleaseStore(releases);
    for (Path model : List.of(own, other)) {
      models.add(releases.resolve(store.publish(model, "all-MiniLM-L6-v2")));
    }
  }

  @AfterEach
  void close() {
    for (ProgramProcess instance : instances) {
      if (instance != null) {
        instance.close();
      }
    }
    topics.close();
    broker.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {CrashPoint.Guarantee.EXACTLY_ONCE, CrashPoint.Guarantee.AT_LEAST_ONCE})
  void shouldLoseAndInventNothingWhenKilledWhileTheWindowFollows(String guarantee)
      throws Exception {
    topics.create(1, RELEASES, DUPLICATES);
    Feed feed = CrashRun.feed(topics, RECORDS_PER_KILL, 5);
    Topics.Reader<EmbeddingRecord> embeddings = topics.embeddings(CrashRun.EMBEDDINGS);
    Topics.Reader<DuplicateRecord> pairs =
        topics.reader(DUPLICATES, DuplicateSerdes.deserializer(Map.of()));
    for (int i = 0; i < instances.length; i++) {
      instances[i] = start(i, guarantee);
    }
    CrashRun.awaitDistinct(embeddings, RECORDS_PER_KILL, instances);
    for (int kill = 1; kill <= KILLS; kill++) {
      Path target = models.get(kill % models.size());
      double[] before = reembedded();
      decide(kill, target);
      feed.add(RECORDS_PER_KILL / 2);
      int victim = awaitFollowing(before, random.nextInt(20));
      instances[victim].kill();
      feed.add(RECORDS_PER_KILL - RECORDS_PER_KILL / 2);
      CrashRun.awaitMore(embeddings, feed, 1, instances[1 - victim]);
      instances[victim] = start(victim, guarantee);
      if (kill == KILLS || random.nextBoolean()) {
        awaitFollowed(target);
      }
    }
    // These meet the others by what the model has made of them since.
    feed.add(RECORDS_PER_KILL / 4);
    CrashRun.awaitDone(topics, embeddings, feed, instances);
    Verdict verdict = new Verdict(embeddings.records(), feed.texts());
    await()
        .atMost(CrashRun.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(NearDuplicates.without(verdict.sure, NearDuplicates.names(pairs.poll())))
                    .as("pairs that are missed, of %d", verdict.sure.size())
                    .isEmpty());
    close(instances);
    embeddings.pollToEnd();
    CrashRun.assertGuarantee(guarantee, embeddings.records(), feed.texts(), models);
    assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    List<ConsumerRecord<byte[], DuplicateRecord>> records = pairs.pollToEnd();
    Set<Set<String>> found = NearDuplicates.names(records);
    assertThat(NearDuplicates.without(found, verdict.possible)).as("pairs that are none").isEmpty();
    if (guarantee.equals(CrashPoint.Guarantee.EXACTLY_ONCE)) {
      assertThat(found.size()).as("pairs, of which none comes twice").isEqualTo(records.size());
    }
  }

  private static void close(ProgramProcess... processes) throws InterruptedException {
    for (ProgramProcess process : processes) {
      assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
    }
  }

  private ProgramProcess start(int number, String guarantee) throws IOException {
    String name = "instance" + number;
    Map<String, String> properties =
        CrashRun.properties(broker.bootstrapServers(), folder.resolve(name), guarantee);
    properties.put("duplicates.topic", DUPLICATES);
    properties.put("duplicates.threshold", Double.toString(NearDuplicates.THRESHOLD));
    properties.put("window.partitions", Integer.toString(WINDOW_PARTITIONS));
    properties.put("duplicates.max.pairs", "10000");
    properties.put("window.partition.max.records", "10000");
    properties.put("releases.topic", RELEASES);
    properties.put("releases.folder", folder.resolve("releases").toString());
    // So that the window follows for as long as it takes to kill who is at it.
    properties.put("releases.reembed.share", "0.1");
    return ProgramProcess.stream(folder, name, properties);
  }

  private void decide(int number, Path target) throws Exception {
    String version = version(target);
    ReleaseRecord record =
        number < models.size()
            ? ReleaseRecord.release(version, version(models.get(0)), Map.of(), "run", number)
            : ReleaseRecord.decision(ReleaseRecord.Action.ROLLBACK, version, number, null);
    String value =
        new String(
            ReleaseSerdes.releaseSerializer().serialize(RELEASES, record), StandardCharsets.UTF_8);
    topics.produce(RELEASES, 1, i -> record.key(), i -> value);
  }

  private static String version(Path model) {
    return Objects.requireNonNull(model.getFileName()).toString();
  }

  /** Texts that each instance has encoded again. */
  private double[] reembedded() throws IOException, InterruptedException {
    double[] texts = new double[instances.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = instances[i].metric(REEMBEDDED).orElse(0);
    }
    return texts;
  }

  /** An instance that has encoded so many texts of the window again since, and is not done. */
  private int awaitFollowing(double[] before, int texts) {
    int[] found = {-1};
    await()
        .atMost(CrashRun.PATIENCE)
        .until(
            () -> {
              for (int i = 0; i < instances.length; i++) {
                assertThat(instances[i].isAlive()).as(instances[i]::log).isTrue();
                if (instances[i].metric(REEMBEDDED).orElse(0) > before[i] + texts
                    && instances[i].metric(REEMBEDDING).orElse(0) > 0) {
                  found[0] = i;
                }
              }
              return found[0] >= 0;
            });
    return found[0];
  }

  /** Waits until no text has a vector of another version, and the model before is gone. */
  private void awaitFollowed(Path target) {
    for (ProgramProcess instance : instances) {
      await()
          .atMost(CrashRun.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(instance.isReady()).as(instance::log).isTrue();
                assertThat(instance.get("/health"))
                    .contains("version " + version(target).substring(0, 12))
                    .doesNotContain("beside it");
                assertThat(instance.metric(REEMBEDDING).orElse(0)).isZero();
              });
    }
  }

  /** What brute force makes of the embeddings of both versions. */
  private final class Verdict {
    /** Near under each version, and brought together by routing whichever comes first. */
    final Set<Set<String>> sure;

    /**
     * Near under a version that both may have been compared in: of one swap, the one that both
     * first had, if it is one.
     */
    final Set<Set<String>> possible;

    Verdict(List<ConsumerRecord<byte[], EmbeddingRecord>> records, List<String> texts) {
      Map<String, String> textOf = new HashMap<>();
      Map<String, Set<String>> versionsOf = new HashMap<>();
      for (ConsumerRecord<byte[], EmbeddingRecord> record : records) {
        EmbeddingRecord embedding = record.value();
        textOf.put(embedding.id(), embedding.text());
        versionsOf
            .computeIfAbsent(embedding.id(), id -> new HashSet<>())
            .add(embedding.modelVersion());
      }
      assertThat(textOf.values()).containsExactlyInAnyOrderElementsOf(texts);
      sure = new HashSet<>();
      possible = new HashSet<>();
      ContentRouter router = null;
      for (Path model : models) {
        try (SentenceEncoder encoder = SentenceEncoder.load(model, fp32())) {
          if (router == null) { // made once, whatever model takes over
            router =
                WindowSetup.router(
                    WINDOW_PARTITIONS,
                    (float) NearDuplicates.THRESHOLD,
                    encoder.dimension(),
                    encoder::encode);
          }
          Map<String, float[]> vectors = new HashMap<>();
          List<String> ids = List.copyOf(textOf.keySet());
          float[][] encoded = encoder.encode(ids.stream().map(textOf::get).toList());
          for (int i = 0; i < encoded.length; i++) {
            vectors.put(ids.get(i), encoded[i]);
          }
          Set<Set<String>> meeting = NearDuplicates.meeting(vectors, router);
          if (sure.isEmpty()) {
            sure.addAll(meeting);
          } else {
            sure.retainAll(meeting);
          }
          NearDuplicates.bruteForce(vectors, NearDuplicates.THRESHOLD - NearDuplicates.UNDECIDED)
              .stream()
              .filter(
                  pair ->
                      KILLS > 1
                          || pair.stream()
                              .anyMatch(id -> versionsOf.get(id).contains(encoder.modelVersion())))
              .forEach(possible::add);
        }
      }
      assertThat(sure).hasSizeGreaterThan(50);
    }
  }

  private static EncoderOptions fp32() {
    return EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
  }
}
