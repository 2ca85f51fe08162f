package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a run of training leaves in memory: in a process of its own, whose heap is all there from
 * the beginning, so that what grows is native memory.
 */
class TrainingMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  @TempDir private Path folder;

  @Test
  void shouldNotGrowOverManySteps() throws Exception {
    assumeTrue(Files.exists(STATUS), "the memory of a process is read from /proc");
    Path result = folder.resolve("result");
    Path log = folder.resolve("log");
    // Surefire may put the class path into a jar's manifest.
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dai.djl.offline=true"));
    command.add("-Dsentencestreams.root=" + System.getProperty("sentencestreams.root"));
    command.addAll(
        List.of("-cp", classPath, TrainingMemoryTest.class.getName(), result.toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    int status = process.waitFor();
    assertThat(status).as(Files.readString(log)).isZero();
    // The activations of 500 steps are more.
    assertThat(Long.parseLong(Files.readString(result))).isLessThan(96L << 20);
  }

  /** Runs in the process: writes by how many bytes the last steps have made it grow into a file. */
  public static void main(String[] arguments) throws IOException {
    List<Long> resident = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(long step, long total, double loss) {
            if (step == 700 || step == total) {
              resident.add(residentBytes());
            }
          }
        };
    try (TrainableEncoder encoder = TinyModels.load()) {
      Objective objective =
          new Objective(
              "ranking",
              TinyModels.SCORED,
              MultipleNegativesRankingLoss.cached(3),
              Sampling.NO_DUPLICATES,
              4);
      new Trainer(
              encoder,
              List.of(objective),
              Optional.empty(),
              TrainingSettings.builder().epochs(400).build(),
              Path.of(arguments[0]).resolveSibling("output"))
          .run(listener);
    }
    Files.writeString(Path.of(arguments[0]), Long.toString(resident.get(1) - resident.get(0)));
  }

  private static long residentBytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("RssAnon:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("no RssAnon in " + STATUS);
  }
}
