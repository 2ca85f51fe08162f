package io.sentencestreams.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.Golden;
import io.sentencestreams.model.TokenizedText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What steps of training leave in memory: in a process of its own, whose heap is all there from the
 * beginning, so that what grows is native memory.
 */
class StepMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  @TempDir private Path folder;

  @Test
  void shouldKeepNothingOfAStep() throws Exception {
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
    command.addAll(List.of("-cp", classPath, StepMemoryTest.class.getName(), result.toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    int status = process.waitFor();
    assertThat(status).as(Files.readString(log)).isZero();
    // A step's activations alone are 1 MB.
    assertThat(Long.parseLong(Files.readString(result))).isLessThan(64L << 20);
  }

  /** Runs in the process: writes by how many bytes 200 steps have made it grow into a file. */
  public static void main(String[] arguments) throws IOException {
    Golden golden = Golden.of("mean");
    try (TrainableEncoder encoder = TrainableEncoderTest.load(golden)) {
      List<TokenizedText> batch = encoder.tokenize(golden.texts());
      float[] directions = new float[batch.size() * encoder.dimension()];
      directions[0] = 1;
      for (int i = 0; i < 100; i++) {
        TrainableEncoderTest.gradients(encoder, batch, directions, TrainableEncoderTest.SOME);
      }
      long before = residentBytes();
      for (int i = 0; i < 200; i++) {
        TrainableEncoderTest.gradients(encoder, batch, directions, TrainableEncoderTest.SOME);
      }
      Files.writeString(Path.of(arguments[0]), Long.toString(residentBytes() - before));
    }
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("no RssAnon in " + STATUS);
  }
}
