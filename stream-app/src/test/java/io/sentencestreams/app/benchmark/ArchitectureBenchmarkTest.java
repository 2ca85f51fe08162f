package io.sentencestreams.app.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of the benchmark. */
class ArchitectureBenchmarkTest {
  @TempDir private Path folder;

  @Test
  void shouldMeasureEachArchitectureInFp32AndInWhatIsFastest() throws IOException {
    Checkpoint base = ModelRepository.ofUser().resolve(ModelRepository.DEFAULT_MODEL);
    List<ArchitectureBenchmark.Row> rows =
        new ArchitectureBenchmark(base, 1, 96, Optional.empty())
            .run(ArchitectureBenchmark.architectures(), 4, 1, folder, name -> {});
    assertThat(rows)
        .filteredOn(row -> row.precision().equals("fp32"))
        .extracting(ArchitectureBenchmark.Row::architecture)
        .containsAll(ArchitectureBenchmark.architectures());
    assertThat(rows)
        .allSatisfy(
            row -> {
              assertThat(row.contender()).isEqualTo("ours");
              assertThat(row.textsPerSecond()).isPositive();
              assertThat(row.cosine()).isGreaterThan(0.99);
            });
  }
}
