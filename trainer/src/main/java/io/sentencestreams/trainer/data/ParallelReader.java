package io.sentencestreams.trainer.data;

import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ExampleReader.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads sentences with their translations, without labels: the first text of an example is the
 * sentence, the others are translations of it. Files are UTF-8, unpacked if their name ends in
 * {@code .gz}.
 */
public final class ParallelReader {
  private final Path file;
  private final BadRows badRows;
  private final List<TrainingExample> examples = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private ParallelReader(Path file, BadRows badRows) {
    this.file = file;
    this.badRows = badRows;
  }

  /**
   * Reads one file whose rows have a sentence and, in further columns, translations of it.
   *
   * @throws IOException if it cannot be read
   * @throws DataFormatException at a row with other columns than the first, fewer than two, or an
   *     empty text, unless bad rows are skipped; if no sentence is left
   */
  public static Result read(Path file, BadRows badRows) throws IOException {
    ParallelReader reader = new ParallelReader(file, badRows);
    int last;
    try (RowReader rows = new RowReader(file)) {
      int columns = 0;
      for (RowReader.Row row = rows.next(); row != null; row = rows.next()) {
        columns = columns == 0 ? row.columns().size() : columns;
        if (row.columns().size() != columns || columns < 2) {
          reader.skip(
              row.line(),
              columns < 2
                  ? "it has one column, but a sentence and its translation are needed"
                  : "it has %d columns, the first row %d".formatted(row.columns().size(), columns));
        } else {
          reader.add(row.line(), row.columns());
        }
      }
      last = rows.line();
    }
    return reader.result(last);
  }

  /**
   * Reads files of lines, in which the line of a sentence has the number of its translations'.
   *
   * @param translations at least one
   * @throws IOException if one cannot be read
   * @throws DataFormatException if one has more lines than another; at an empty line, unless bad
   *     rows are skipped; if no sentence is left
   */
  public static Result readAligned(Path sentences, List<Path> translations, BadRows badRows)
      throws IOException {
    ParallelReader reader = new ParallelReader(sentences, badRows);
    List<Path> files = new ArrayList<>(List.of(sentences));
    files.addAll(translations);
    List<List<String>> columns = new ArrayList<>();
    for (Path file : files) {
      List<String> lines = lines(file);
      if (!columns.isEmpty() && lines.size() != columns.get(0).size()) {
        throw new DataFormatException(
            file,
            Math.min(lines.size(), columns.get(0).size()) + 1,
            "it has %d lines, but %s has %d: they are not translations of each other, line by line"
                .formatted(lines.size(), sentences, columns.get(0).size()));
      }
      columns.add(lines);
    }
    int count = columns.get(0).size();
    for (int i = 0; i < count; i++) {
      int line = i;
      reader.add(i + 1, columns.stream().map(lines -> lines.get(line)).toList());
    }
    return reader.result(count);
  }

  private static List<String> lines(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    try (RowReader rows = new RowReader(file)) {
      for (String line = rows.anyLine(); line != null; line = rows.anyLine()) {
        lines.add(line);
      }
    }
    return lines;
  }

  private void add(int line, List<String> texts) {
    if (texts.stream().anyMatch(String::isBlank)) {
      skip(line, "a sentence or a translation of it is empty");
    } else {
      examples.add(TrainingExample.of(texts.toArray(String[]::new)));
    }
  }

  private void skip(int line, String problem) {
    DataFormatException bad = new DataFormatException(file, line, problem);
    if (badRows == BadRows.FAIL) {
      throw bad;
    }
    problems.add(bad.getMessage());
  }

  private Result result(int lines) {
    if (examples.isEmpty()) {
      throw new DataFormatException(file, lines, "there is no sentence with a translation");
    }
    return new Result(new TrainingData(file.toString(), examples), List.copyOf(problems));
  }
}
