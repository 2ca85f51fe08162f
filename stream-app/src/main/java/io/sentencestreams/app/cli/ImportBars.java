package io.sentencestreams.app.cli;

import io.sentencestreams.model.repository.ImportProgress;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;

/** Says how an import goes: a line for each step, and on a terminal a bar for each download. */
final class ImportBars implements ImportProgress {
  private final Consumer<String> lines;
  private ProgressBar bar;
  private String file;

  /**
   * For one import at a time.
   *
   * @param lines gets the steps
   */
  ImportBars(Consumer<String> lines) {
    this.lines = lines;
  }

  @Override
  public void begins(String model, Step step) {
    closeBar();
    lines.accept(model + ": " + step);
  }

  @Override
  public void received(String model, String name, long bytes, long total) {
    if (!name.equals(file)) {
      closeBar();
      file = name;
      bar = Progress.bar(name, total);
    }
    bar.stepTo(bytes);
  }

  private void closeBar() {
    if (bar != null) {
      bar.close();
      bar = null;
      file = null;
    }
  }
}
