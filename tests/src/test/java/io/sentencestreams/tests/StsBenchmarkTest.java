package io.sentencestreams.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bundled models on the STS benchmark's test set, where the data is present. bf16 takes minutes
 * on a processor without bf16: it runs with {@code -Dsts.all=true}.
 */
class StsBenchmarkTest {
  @ParameterizedTest
  @CsvSource({
    "all-MiniLM-L6-v2, fp32, 0.8203, 0.0002",
    "bge-small-en-v1.5, fp32, 0.8586, 0.0002",
    "all-MiniLM-L6-v2, bf16, 0.8203, 0.0005",
    "bge-small-en-v1.5, bf16, 0.8586, 0.0005",
    "all-MiniLM-L6-v2, int8, 0.8203, 0.003",
    "bge-small-en-v1.5, int8, 0.8586, 0.003"
  })
  void shouldCorrelateWithHumanScoresAsPublished(
      String model, String precision, double spearman, double tolerance) throws IOException {
    assumeTrue(
        !precision.equals("bf16") || Boolean.getBoolean("sts.all") || isBf16Fast(),
        "takes minutes without bf16 in the processor: -Dsts.all=true runs it");
    List<SentencePair> pairs = StsReader.read(SharedData.file("sts_benchmark/sts-test.csv"));
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.parse(precision));
    try (SentenceEncoder encoder = SentenceEncoder.load(model, options)) {
      EmbeddingSimilarityEvaluator.Result result =
          new EmbeddingSimilarityEvaluator(pairs).evaluate(encoder::encode);
      assertThat(result.pairs()).isEqualTo(1379);
      assertThat(result.spearman()).isCloseTo(spearman, within(tolerance));
    }
  }

  /** What {@code auto} chooses tells. */
  private static boolean isBf16Fast() {
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      return encoder.modelVersion().endsWith("-bf16");
    }
  }
}
