package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the crash tests have in common: the input, the instances' configuration, the verdict. */
final class CrashRun {
  static final int PARTITIONS = 4;
  static final Duration PATIENCE = Duration.ofMinutes(5);
  static final String TEXTS = "texts";
  static final String EMBEDDINGS = "embeddings";
  static final String DEAD_LETTERS = "dead-letters";

  static final String APPLICATION = "crash";

  private static final Duration SETTLED = Duration.ofSeconds(2);
  private static final String IN_FLIGHT = "kafka_topology_in_flight_records";

  /** So few that the program may be without work before more have come. */
  private static final int FEW = 40;

  private static final float TOLERANCE = 1e-5f;

  /** Of the embeddings: {@code -Dcrash.precision=bf16} where the processor has it. */
  private static final Precision PRECISION =
      Precision.parse(System.getProperty("crash.precision", "fp32"));

  /** A vector in half precision may differ by its batch, a little. */
  private static final double LEAST_COSINE = 0.9999;

  /** Lets members have a short session, and ends what dead ones left open as soon as it may. */
  static final Map<String, String> BROKER_PROPERTIES =
      Map.of(
          "group.min.session.timeout.ms", "1000",
          "transaction.abort.timed.out.transaction.cleanup.interval.ms", "500");

  private CrashRun() {}

  static EmbeddedBroker broker() {
    return EmbeddedBroker.builder().properties(BROKER_PROPERTIES).start();
  }

  /** Creates the topics and puts texts on the first. */
  static Feed feed(Topics topics, int count, long seed) throws Exception {
    return feed(topics, PARTITIONS, count, seed);
  }

  static Feed feed(Topics topics, int partitions, int count, long seed) throws Exception {
    topics.create(partitions, TEXTS, EMBEDDINGS, DEAD_LETTERS);
    Feed feed = new Feed(topics, seed);
    feed.add(count);
    return feed;
  }

  /**
   * Waits until {@code more} further embeddings have come, or those of all texts: a fast machine
   * may be done with them by now. All processes are to be alive.
   */
  static void awaitMore(
      Topics.Reader<EmbeddingRecord> reader, Feed feed, int more, ProgramProcess... processes) {
    long goal = Math.min(distinct(reader.poll()) + more, feed.texts().size());
    awaitDistinct(reader, goal, processes);
  }

  /**
   * Keeps records coming until something has happened, so that there is work in flight when it
   * does. More come when few are left that the program has not read, so that they are never many,
   * however long it takes.
   */
  static void feedUntil(Topics topics, Feed feed, int atATime, Callable<Boolean> condition) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              if (feed.texts().size() - topics.committed(APPLICATION, TEXTS, false) < FEW) {
                feed.add(atATime);
              }
              return condition.call();
            });
  }

  /** Waits until so many texts have embeddings, all processes being alive. */
  static void awaitDistinct(
      Topics.Reader<EmbeddingRecord> reader, long goal, ProgramProcess... processes) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertAlive(processes);
              return distinct(reader.poll()) >= goal;
            });
  }

  /**
   * Waits until all texts have embeddings and none is being made once more: under at-least-once an
   * old embedding may come again behind a newer one of its key, with all newer ones to follow. It
   * is to stay so for as long as a dead session and the commits that empty the slots may take.
   */
  static void awaitDone(
      Topics topics,
      Topics.Reader<EmbeddingRecord> reader,
      Feed feed,
      ProgramProcess... processes) {
    awaitDistinct(reader, feed.texts().size(), processes);
    await()
        .during(SETTLED)
        .atMost(PATIENCE)
        .ignoreExceptionsMatching(
            e -> e instanceof IOException || e instanceof ExecutionException) // nobody answers yet
        .until(
            () -> {
              assertAlive(processes);
              reader.poll();
              for (ProgramProcess process : processes) {
                if (process.metric(IN_FLIGHT).orElse(1) > 0) {
                  return false;
                }
              }
              return topics.committed(APPLICATION, TEXTS, true) == feed.texts().size();
            });
  }

  private static void assertAlive(ProgramProcess... processes) {
    for (ProgramProcess process : processes) {
      assertThat(process.isAlive()).as(process::log).isTrue();
    }
  }

  static Map<String, String> properties(String bootstrapServers, Path state, String guarantee) {
    Map<String, String> properties = new HashMap<>();
    properties.put("bootstrap.servers", bootstrapServers);
    properties.put("application.id", APPLICATION);
    properties.put("state.dir", state.toString());
    properties.put("processing.guarantee", guarantee);
    properties.put("num.stream.threads", "2");
    properties.put("input.topics", TEXTS);
    properties.put("output.topic", EMBEDDINGS);
    properties.put("dead.letter.topic", DEAD_LETTERS);
    properties.put("output.include.text", "true");
    properties.put("model.precision", PRECISION.toString());
    properties.put("http.port", "0");
    // A dead member is noticed sooner, and a rebalance too, so that more kills fit into the test.
    properties.put("main.consumer.session.timeout.ms", "2000");
    properties.put("main.consumer.heartbeat.interval.ms", "500");
    return properties;
  }

  /** What a processing guarantee promises, of a stream whose model stays. */
  static void assertGuarantee(
      String guarantee, List<ConsumerRecord<byte[], EmbeddingRecord>> records, List<String> texts) {
    assertGuarantee(guarantee, records, texts, List.of(own()));
  }

  /**
   * What a processing guarantee promises.
   *
   * @param models folders of those that embeddings may be of
   */
  static void assertGuarantee(
      String guarantee,
      List<ConsumerRecord<byte[], EmbeddingRecord>> records,
      List<String> texts,
      List<Path> models) {
    if (guarantee.equals(CrashPoint.Guarantee.EXACTLY_ONCE)) {
      assertOnceInOrder(records, texts);
    } else {
      assertAtLeastOnce(records, texts);
    }
    assertRightEmbeddings(records, texts, models);
  }

  private static Path own() {
    return ModelRepository.ofUser().resolve("all-MiniLM-L6-v2").directory();
  }

  /** Each text once, in order per key, with the embedding that an undisturbed run gives. */
  static void assertExactlyOnce(
      List<ConsumerRecord<byte[], EmbeddingRecord>> records, List<String> texts) {
    assertGuarantee(CrashPoint.Guarantee.EXACTLY_ONCE, records, texts);
  }

  private static void assertOnceInOrder(
      List<ConsumerRecord<byte[], EmbeddingRecord>> records, List<String> texts) {
    Set<String> ids = new HashSet<>();
    Map<String, Long> lastOffset = new HashMap<>();
    for (ConsumerRecord<byte[], EmbeddingRecord> record : records) {
      EmbeddingRecord embedding = record.value();
      assertThat(ids.add(embedding.id())).as("%s only once", embedding.id()).isTrue();
      String key = Topics.text(record.key());
      assertThat(embedding.offset())
          .as("order of %s", key)
          .isGreaterThan(lastOffset.getOrDefault(key, -1L));
      lastOffset.put(key, embedding.offset());
    }
    assertThat(records).hasSize(texts.size());
  }

  /** Each text at least once, the newest of a key last. */
  private static void assertAtLeastOnce(
      List<ConsumerRecord<byte[], EmbeddingRecord>> records, List<String> texts) {
    assertThat(distinct(records)).isEqualTo(texts.size());
    Map<String, Long> last = new HashMap<>();
    Map<String, Long> highest = new HashMap<>();
    for (ConsumerRecord<byte[], EmbeddingRecord> record : records) {
      String key = Topics.text(record.key());
      last.put(key, record.value().offset());
      highest.merge(key, record.value().offset(), Math::max);
    }
    assertThat(last).as("no old value comes last").isEqualTo(highest);
  }

  static long distinct(List<ConsumerRecord<byte[], EmbeddingRecord>> records) {
    return records.stream().map(record -> record.value().id()).distinct().count();
  }

  /** As each one's model gives it when nothing disturbs it. */
  private static void assertRightEmbeddings(
      List<ConsumerRecord<byte[], EmbeddingRecord>> records,
      List<String> texts,
      List<Path> models) {
    Map<String, Integer> index = new HashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      index.put(texts.get(i), i);
    }
    Map<String, float[][]> undisturbed = new HashMap<>();
    for (Path model : models) {
      EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(PRECISION);
      try (SentenceEncoder encoder = SentenceEncoder.load(model, options)) {
        undisturbed.put(encoder.modelVersion(), encoder.encode(texts));
      }
    }
    for (ConsumerRecord<byte[], EmbeddingRecord> record : records) {
      assertThat(undisturbed).containsKey(record.value().modelVersion());
      float[] expected =
          undisturbed.get(record.value().modelVersion())[index.get(record.value().text())];
      float[] found = record.value().vector();
      if (PRECISION == Precision.FP32) {
        for (int i = 0; i < expected.length; i++) {
          assertThat(found[i]).isCloseTo(expected[i], within(TOLERANCE));
        }
      } else {
        assertThat(SimilarityFunction.COSINE.similarity(found, expected))
            .isGreaterThan(LEAST_COSINE);
      }
    }
  }
}
