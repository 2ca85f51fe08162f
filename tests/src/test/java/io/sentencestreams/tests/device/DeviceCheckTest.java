package io.sentencestreams.tests.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the program would run on a GPU, run without one. It emulates where arrays lie and of which
 * types they are; no CUDA kernel runs.
 */
class DeviceCheckTest {
  private static final String PYTHON = System.getenv().getOrDefault("PYTHON", "python3");
  private static final Path ROOT = Path.of(System.getProperty("sentencestreams.root"));

  @TempDir private Path folder;

  @Test
  void shouldCallKernelsThatCanRunOnADevice() throws Exception {
    assumeTrue(
        run(folder.resolve("torch.log"), List.of(PYTHON, "-c", "import torch, numpy")) == 0,
        "skipped: " + PYTHON + " has no torch and numpy (PYTHON names another)");
    Path calls = folder.resolve("calls");
    Path models = Files.createDirectory(folder.resolve("models"));
    Path log = folder.resolve("calls.log");
    List<String> record =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-javaagent:" + DeviceAgent.archive(folder) + "=" + calls,
            "-cp",
            System.getProperty("java.class.path"),
            DeviceCalls.class.getName(),
            ROOT.resolve("model/src/test/resources/golden").toString(),
            models.toString());
    assertThat(run(log, record)).as(Files.readString(log)).isZero();
    Path report = folder.resolve("check.log");
    List<String> check =
        List.of(
            PYTHON,
            ROOT.resolve("tests/python/device_check.py").toString(),
            "--root",
            ROOT.toString(),
            "--calls",
            calls.toString());
    int status = run(report, check);
    String text = Files.readString(report);
    System.out.println(text);
    assertThat(status).as(text).isZero();
  }

  /** The exit status of a command, with all that it writes in a file; 127 if there is no such. */
  private static int run(Path output, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1"); // the checkout stays as it is
    try {
      return builder.start().waitFor();
    } catch (IOException e) {
      Files.writeString(output, e.getMessage(), StandardCharsets.UTF_8);
      return 127;
    }
  }
}
