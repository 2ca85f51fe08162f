package io.sentencestreams.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.Encoders;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ImportProgress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real stream writes to a real broker, and a Python consumer with nothing of ours reads it. */
class PythonConsumerTest {
  private static final String PYTHON = System.getenv().getOrDefault("PYTHON", "python3");
  private static final List<String> TEXTS =
      List.of("A cat sits.", "Zwei Züge fahren ab.", "Rates rise.");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void shouldReadWhatTheStreamWrites(String format) throws Exception {
    assumeTrue(
        runs(PYTHON, "-c", "import kafka, fastavro"),
        "skipped: " + PYTHON + " has no kafka-python and fastavro (PYTHON names another)");
    Path root = Path.of(System.getProperty("sentencestreams.root"));
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        Topics topics = new Topics(broker.bootstrapServers())) {
      topics.create(1, "texts", "embeddings", "embeddings-dead-letters");
      topics.produce("texts", TEXTS.size(), i -> "key" + i, TEXTS::get);
      AppConfig config = config(broker, format);
      List<String> lines;
      try (StreamsApp app =
          new StreamsApp(
              config,
              ClusterCheck.run(config).limits(),
              Encoders.loader(config, ImportProgress.SILENT))) {
        app.start();
        lines =
            output(
                List.of(
                    PYTHON,
                    root.resolve("tests/python/read_embeddings.py").toString(),
                    "--bootstrap-server",
                    broker.bootstrapServers(),
                    "--topic",
                    "embeddings",
                    "--format",
                    format,
                    "--schema",
                    root.resolve("schemas/src/main/avro/Embedding.avsc").toString(),
                    "--max",
                    Integer.toString(TEXTS.size()),
                    "--timeout",
                    "300"));
      }
      assertThat(lines).hasSize(TEXTS.size());
      EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
      try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2", options)) {
        for (int i = 0; i < TEXTS.size(); i++) {
          List<String> columns = List.of(lines.get(i).split("\t", -1));
          assertThat(columns.get(0)).isEqualTo("texts-0-" + i);
          assertThat(columns.get(1)).isEqualTo("384");
          float[] expected = encoder.encode(TEXTS.get(i));
          List<String> first = List.of(columns.get(2).split(" ", -1));
          for (int d = 0; d < first.size(); d++) {
            assertThat(Float.parseFloat(first.get(d))).isCloseTo(expected[d], within(1e-5f));
          }
        }
      }
    }
  }

  private AppConfig config(EmbeddedBroker broker, String format) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("state.dir", folder.toString());
    properties.put("output.format", format);
    properties.put("model.precision", "fp32");
    return new AppConfig(properties);
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no such program
    }
  }

  private static List<String> output(List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return new ArrayList<>(out.lines().toList());
  }
}
