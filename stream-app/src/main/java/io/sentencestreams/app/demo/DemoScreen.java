package io.sentencestreams.app.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * What the demo shows: on a terminal a status line that is written over and over with neighbours
 * scrolling above it, elsewhere plain lines now and then.
 */
final class DemoScreen {
  private static final int WIDTH = 100;
  private static final String CLEAR_LINE = "\r\u001b[2K";
  private static final long PLAIN_STATUS_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private boolean statusShown;
  private long lastPlainStatus;

  DemoScreen(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
    this.lastPlainStatus = System.nanoTime();
  }

  void line(String format, Object... values) {
    clearStatus();
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }

  void neighbours(String text, List<Neighbours.Neighbour> nearest) {
    clearStatus();
    out.println();
    out.println("  " + shortened(text));
    for (Neighbours.Neighbour neighbour : nearest) {
      out.println(
          String.format(
              Locale.ROOT, "     %.2f  %s", neighbour.similarity(), shortened(neighbour.text())));
    }
    out.flush();
  }

  void status(String status) {
    if (terminal) {
      out.print(CLEAR_LINE + status);
      out.flush();
      statusShown = true;
    } else if (System.nanoTime() - lastPlainStatus >= PLAIN_STATUS_NANOS) {
      lastPlainStatus = System.nanoTime();
      out.println(status);
      out.flush();
    }
  }

  private void clearStatus() {
    if (statusShown) {
      out.print(CLEAR_LINE);
      statusShown = false;
    }
  }

  private static String shortened(String text) {
    return text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
  }
}
