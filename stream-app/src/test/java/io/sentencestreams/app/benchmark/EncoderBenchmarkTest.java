package io.sentencestreams.app.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The short form of the benchmark: what it compares is the same, and it says so. */
class EncoderBenchmarkTest {
  @Test
  void shouldCompareEncodersThatAgreeOnEveryWorkload() {
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2", options);
        EncoderBenchmark benchmark = new EncoderBenchmark(encoder)) {
      List<EncoderBenchmark.Row> rows = benchmark.run(0.02, 1, workload -> {});
      assertThat(rows).hasSize(6 * 3 + 2);
      assertThat(rows)
          .allSatisfy(
              row -> {
                assertThat(row.textsPerSecond()).isPositive();
                assertThat(row.tokensPerSecond()).isGreaterThan(row.textsPerSecond());
                assertThat(row.ours()).isPositive();
              });
      assertThat(rows)
          .filteredOn(row -> row.contender().matches("onnxruntime-fp32|langchain4j"))
          .allSatisfy(row -> assertThat(row.cosine()).isGreaterThan(0.9999));
      assertThat(rows)
          .filteredOn(row -> row.contender().equals("onnxruntime-int8"))
          .allSatisfy(row -> assertThat(row.cosine()).isGreaterThan(0.9));
    }
  }

  @Test
  void shouldAccountForAllOfTheTime() {
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
    Checkpoint checkpoint = ModelRepository.ofUser().resolve(ModelRepository.DEFAULT_MODEL);
    try (SentenceEncoder encoder = SentenceEncoder.load(checkpoint, options);
        SentenceEncoder oneThread =
            SentenceEncoder.load(checkpoint, options.withIntraOpThreads(1));
        EncoderBenchmark benchmark = new EncoderBenchmark(encoder)) {
      EncoderAccount account = benchmark.account(oneThread, checkpoint.config(), 0.05, 1);
      assertThat(account.share()).isPositive();
      assertThat(account.peakPrecision()).isEqualTo("fp32");
      assertThat(account.shares().values().stream().mapToDouble(share -> share).sum())
          .isCloseTo(1, within(0.01));
      assertThat(account.shares().get("linear layers")).isPositive();
      assertThat(account.shares().get("attention")).isPositive();
      assertThat(account.shares().get("layer normalization")).isPositive();
    }
  }
}
