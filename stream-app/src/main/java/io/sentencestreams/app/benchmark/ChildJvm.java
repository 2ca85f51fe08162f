package io.sentencestreams.app.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM with the options and the class path of this one that runs one of the program's
 * commands. Its errors go where this JVM's go.
 */
final class ChildJvm implements AutoCloseable {
  private static final String MAIN = "io.sentencestreams.app.cli.Main";
  private static final long STOP_SECONDS = 30;

  private final Process process;
  private final BufferedReader out;

  private ChildJvm(Process process) {
    this.process = process;
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "stop-child-jvm"));
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts a command. */
  static ChildJvm start(List<String> command) {
    return start(List.of(), command);
  }

  /** Starts a command in a JVM with further options. */
  static ChildJvm start(List<String> options, List<String> command) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!isForOneJvm(option)) {
        line.add(option);
      }
    }
    line.addAll(options);
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(MAIN);
    line.addAll(command);
    try {
      return new ChildJvm(
          new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException e) {
      throw new UncheckedIOException("no second JVM could be started: " + line, e);
    }
  }

  /** Agents, recordings and debuggers are not to be started twice. */
  private static boolean isForOneJvm(String option) {
    return option.startsWith("-javaagent")
        || option.startsWith("-agent")
        || option.startsWith("-XX:StartFlightRecording")
        || option.startsWith("-Xrunjdwp");
  }

  /**
   * Waits for the next line of its standard output.
   *
   * @throws IllegalStateException if it has ended
   */
  String line() {
    try {
      String line = out.readLine();
      if (line == null) {
        throw new IllegalStateException("the second JVM has ended");
      }
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Processor time that it has used. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Asks it to stop, and ends it if it does not. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
