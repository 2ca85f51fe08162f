package io.sentencestreams.app.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
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
      assertThat(rows).hasSize(6 * 3);
      assertThat(rows)
          .allSatisfy(
              row -> {
                assertThat(row.textsPerSecond()).isPositive();
                assertThat(row.tokensPerSecond()).isGreaterThan(row.textsPerSecond());
                assertThat(row.ours()).isPositive();
              });
      assertThat(rows)
          .filteredOn(row -> row.contender().equals("onnxruntime-fp32"))
          .allSatisfy(row -> assertThat(row.cosine()).isGreaterThan(0.9999));
      assertThat(rows)
          .filteredOn(row -> row.contender().equals("onnxruntime-int8"))
          .allSatisfy(row -> assertThat(row.cosine()).isGreaterThan(0.9));
    }
  }
}
