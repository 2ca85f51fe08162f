package io.sentencestreams.app.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("org.openjdk.jcstress.Main", "-m", MODE));
    command.addAll(List.of("-t", "BatchQueueStress"));
    command.addAll(List.of("-r", folder.resolve("report").toString()));
    if (MODE.equals("sanity")) {
      // One process for each test: no compiler but the usual ones, and one mix of them.
      command.addAll(List.of("-sc", "false", "-jvmArgs", "-Xmx256m"));
    }
    Process process =
        new ProcessBuilder(command)
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
