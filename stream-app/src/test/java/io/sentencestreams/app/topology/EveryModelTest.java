package io.sentencestreams.app.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.batch.MicroBatcherOptions;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each architecture and each module of the golden files, in the stream. */
class EveryModelTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden");

  @TempDir private Path stateFolder;

  /** BERT, RoBERTa and all pooling modes; the other architectures and modules. */
  static Stream<Path> models() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path parent : List.of(GOLDEN, GOLDEN.resolve("modules"))) {
      try (Stream<Path> children = Files.list(parent)) {
        children
            .filter(child -> Files.exists(child.resolve("modules.json")))
            .sorted()
            .forEach(folders::add);
      }
    }
    assertThat(folders).hasSizeGreaterThan(28);
    return folders.stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldGiveTheEmbeddingsThatTheModelGivesOffline(Path model) throws IOException {
    List<String> texts = new ArrayList<>();
    new ObjectMapper()
        .readTree(model.resolve("expected.json").toFile())
        .path("texts")
        .forEach(text -> texts.add(text.asText()));
    texts.removeIf(String::isBlank); // which the stream takes for no text
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
    float[][] offline;
    List<EmbeddingRecord> streamed;
    try (SentenceEncoder encoder = SentenceEncoder.load(model, options)) {
      offline = encoder.encode(texts);
    }
    try (Metrics metrics = new Metrics();
        Metrics topologyTree = new Metrics();
        MicroBatcher batcher =
            new MicroBatcher(
                () -> SentenceEncoder.load(model, options),
                MicroBatcherOptions.defaults(),
                metrics)) {
      streamed = stream(texts, batcher, new TopologyMetrics(topologyTree));
    }
    for (int i = 0; i < offline.length; i++) {
      float greatest = 1;
      for (float value : offline[i]) {
        greatest = Math.max(greatest, Math.abs(value));
      }
      assertThat(streamed.get(i).offset()).isEqualTo(i);
      assertThat(streamed.get(i).model()).isEqualTo(model.getFileName().toString());
      assertThat(streamed.get(i).vector())
          .as(texts.get(i))
          .containsExactly(offline[i], within(1e-5f * greatest));
    }
  }

  private List<EmbeddingRecord> stream(
      List<String> texts, MicroBatcher batcher, TopologyMetrics metrics) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toString());
    properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    List<EmbeddingRecord> records = new ArrayList<>();
    try (TopologyTestDriver driver =
            new TopologyTestDriver(
                EmbeddingTopology.build(
                    new TopologyConfig(new StreamsConfig(properties)),
                    TestSettings.of(true, RecordLimits.of(1 << 20)),
                    batcher,
                    metrics),
                properties);
        Deserializer<EmbeddingRecord> embeddings = EmbeddingSerdes.deserializer(Map.of())) {
      TestInputTopic<byte[], byte[]> input =
          driver.createInputTopic("texts", new ByteArraySerializer(), new ByteArraySerializer());
      TestOutputTopic<byte[], byte[]> output =
          driver.createOutputTopic(
              "embeddings", new ByteArrayDeserializer(), new ByteArrayDeserializer());
      byte[] key = {1};
      texts.forEach(text -> input.pipeInput(key, text.getBytes(StandardCharsets.UTF_8)));
      await()
          .atMost(Duration.ofMinutes(5))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .until(
              () -> {
                driver.advanceWallClockTime(Duration.ofMillis(1));
                output
                    .readValuesToList()
                    .forEach(value -> records.add(embeddings.deserialize("embeddings", value)));
                return records.size() >= texts.size();
              });
    }
    assertThat(records).hasSameSizeAs(texts);
    return records;
  }
}
