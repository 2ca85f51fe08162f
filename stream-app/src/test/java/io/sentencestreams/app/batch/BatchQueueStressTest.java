package io.sentencestreams.app.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@link BatchQueueStress} in processes of its own. The system property {@code stress.mode} is
 * jcstress's mode: {@code quick} and more take minutes.
 */
class BatchQueueStressTest {
  private static final String MODE = System.getProperty("stress.mode", "sanity");

  @TempDir private Path folder;

  @Test
  void shouldLetNoThreadSeeWhatIsForbidden() throws Exception {
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "org.openjdk.jcstress.Main",
                    "-m",
                    MODE,
                    // whether each combination of compilers is tried for the two threads
                    "-sc",
                    Boolean.toString(!MODE.equals("sanity")),
                    "-t",
                    "BatchQueueStress",
                    "-r",
                    folder.resolve("report").toString()))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int status = process.waitFor();
    String output = Files.readString(log);
    assertThat(status).as(output).isZero();
    assertThat(output)
        .contains("Failed tests: No matches.")
        .contains("Error tests: No matches.")
        .contains(BatchQueueStress.class.getDeclaredClasses().length + " matching test results");
  }
}
