package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a user sees whose PyTorch libraries are not there or do not load, in a process of its own.
 */
class NativeLibrariesTest {
  private static final String VARIABLE = "PYTORCH_LIBRARY_PATH";

  @TempDir private Path folder;

  @Test
  void shouldSayThatTheLibrariesDoNotLoad() throws Exception {
    Path library = folder.resolve(System.mapLibraryName("torch"));
    Files.writeString(library, "no library");
    assertThat(embed(folder)) // the JVM has its say before
        .noneMatch(line -> line.startsWith("\tat "))
        .last()
        .asString()
        .startsWith(
            "sentence-streams: PyTorch's native libraries could not be loaded ("
                + VARIABLE
                + " is "
                + folder)
        .contains(library.toString());
  }

  @Test
  void shouldNotUseOtherLibrariesThanThoseAskedFor() throws Exception {
    assertThat(embed(folder))
        .containsExactly(
            "sentence-streams: "
                + VARIABLE
                + " is "
                + folder
                + ", where there is no "
                + System.mapLibraryName("torch"));
  }

  /** Lines of the log. */
  private List<String> embed(Path libraries) throws IOException, InterruptedException {
    Path text = Files.writeString(folder.resolve("text"), "A cat sits.\n");
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "embed",
                text.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put(VARIABLE, libraries.toString());
    assertThat(builder.start().waitFor()).as(Files.readString(log)).isEqualTo(1);
    return Files.readAllLines(log);
  }
}
