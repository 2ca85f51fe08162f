package io.sentencestreams.app.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Progress bars: on a terminal, on standard error, and nowhere else. */
final class Progress {
  /** Set by the launcher: Java cannot tell whether standard error is a terminal. */
  private static final String TERMINAL = "sentencestreams.terminal";

  private Progress() {}

  /**
   * A bar that counts to {@code max}, or without end if that is -1.
   *
   * @return to be stepped and closed, drawn or not
   */
  static ProgressBar bar(String task, long max) {
    PrintStream stream =
        Boolean.getBoolean(TERMINAL)
            ? System.err
            : new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(max)
        .setUpdateIntervalMillis(200)
        .showSpeed()
        .setConsumer(new ConsoleProgressBarConsumer(stream))
        .build();
  }
}
