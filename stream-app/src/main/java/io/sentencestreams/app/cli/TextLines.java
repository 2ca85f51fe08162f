package io.sentencestreams.app.cli;

import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import java.util.ArrayList;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;

/** The lines of a file that hold text, with the numbers that they have in it. */
final class TextLines {
  private final List<String> texts = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>();

  private TextLines() {}

  /**
   * Reads a file; {@code -} is standard input. Blank lines are left out.
   *
   * @throws CommandException if it cannot be read, is not UTF-8, or holds no text
   */
  static TextLines read(String file) {
    TextLines lines = new TextLines();
    try (LineReader reader = LineReader.open(file)) {
      for (String line = reader.next(); line != null; line = reader.next()) {
        if (!line.isBlank()) {
          lines.texts.add(line);
          lines.numbers.add(Math.toIntExact(reader.lineNumber()));
        }
      }
    }
    if (lines.texts.isEmpty()) {
      throw new CommandException((file.equals("-") ? "standard input" : file) + " holds no text");
    }
    return lines;
  }

  /** Encodes all of them, with a progress bar. */
  float[][] encode(SentenceEncoder encoder, EncodeOptions options) {
    try (ProgressBar bar = Progress.bar("encode", texts.size())) {
      return encoder.encode(texts, options.withProgress((done, total) -> bar.stepTo(done)));
    }
  }

  int size() {
    return texts.size();
  }

  String text(int index) {
    return texts.get(index);
  }

  /** The number of a line in its file, from 1. */
  int number(int index) {
    return numbers.get(index);
  }
}
