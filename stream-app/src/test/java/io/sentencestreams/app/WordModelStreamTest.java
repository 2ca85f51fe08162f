package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models without a transformer, on a real broker. */
class WordModelStreamTest {
  private static EmbeddedBroker broker;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"words", "bow"})
  void shouldEmbedTextsAsOfflineThoseWithoutKnownWordsToo(String name) throws IOException {
    Path model =
        Path.of(
            System.getProperty("sentencestreams.root"),
            "model/src/test/resources/golden/modules",
            name);
    List<String> texts = new ArrayList<>();
    new ObjectMapper()
        .readTree(model.resolve("expected.json").toFile())
        .path("texts")
        .forEach(text -> texts.add(text.asText()));
    texts.removeIf(String::isBlank);
    texts.add("xyzzy plugh");
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
    try (SentenceEncoder offline = SentenceEncoder.load(model, options);
        TestStream stream =
            TestStream.on(broker, name, folder)
                .encoder(() -> SentenceEncoder.load(model, options))
                .start()) {
      texts.forEach(text -> stream.send(TestStream.bytes(text)));
      for (String text : texts) {
        EmbeddingRecord embedding = stream.nextEmbedding();
        assertThat(embedding.text()).isEqualTo(text);
        assertThat(embedding.vector())
            .as(text)
            .containsExactly(offline.encode(text), within(1e-5f));
      }
      stream.assertHealthy();
    }
  }
}
