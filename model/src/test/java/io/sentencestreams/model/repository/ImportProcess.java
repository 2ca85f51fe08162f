package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A JVM of its own that imports a model and stops at a step until it is told to go on. */
final class ImportProcess implements Closeable {
  private final Process process;
  private final BufferedReader out;

  /** Starts the import of a folder; at each of the steps it waits for {@link #proceed}. */
  ImportProcess(Path home, String model, Step pauseAt) throws IOException {
    // Surefire may put the class path into a jar's manifest.
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    this.process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-cp",
                    classPath,
                    ImportProcess.class.getName(),
                    home.toString(),
                    model,
                    pauseAt.name()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** The next thing that the process says: a step that begins, or a digest at the end. */
  String nextLine() throws IOException {
    return out.readLine();
  }

  /** Lets it go on from the step at which it waits. */
  void proceed() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Ends it at once, as a kill or a loss of power does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Runs in the process. */
  @SuppressWarnings("SystemOut") // Its standard output is what the test reads.
  public static void main(String[] arguments) {
    Step pauseAt = Step.valueOf(arguments[2]);
    Checkpoint checkpoint =
        new ModelRepository(Path.of(arguments[0]))
            .importModel(
                arguments[1],
                (model, step) -> {
                  System.out.println(step);
                  if (step == pauseAt) {
                    awaitLine();
                  }
                });
    System.out.println(checkpoint.digest());
  }

  private static void awaitLine() {
    try {
      if (System.in.read() < 0) {
        throw new IllegalStateException("the test has gone");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
