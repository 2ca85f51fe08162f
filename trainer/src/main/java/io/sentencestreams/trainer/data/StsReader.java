package io.sentencestreams.trainer.data;

import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads sentence pairs with scores. The first row tells the shape:
 *
 * <ul>
 *   <li>three columns separated by tabs: sentence 1, sentence 2, score;
 *   <li>seven or more separated by tabs: the STS benchmark's own, with the score in the fifth and
 *       the sentences in the sixth and seventh; tabs are never quoted there;
 *   <li>no tab: CSV with quotes (RFC 4180), sentence 1, sentence 2, score.
 * </ul>
 *
 * <p>A first row of three columns whose last is {@code score} is a header. Empty lines are skipped.
 */
public final class StsReader {
  private static final int STS_BENCHMARK_COLUMNS = 7;

  private final Path file;
  private final BadRows badRows;
  private final List<String> problems = new ArrayList<>();
  private final List<SentencePair> pairs = new ArrayList<>();

  private StsReader(Path file, BadRows badRows) {
    this.file = file;
    this.badRows = badRows;
  }

  /**
   * What was read.
   *
   * @param pairs at least one, in the order of the file
   * @param problems one for each row that was left out
   */
  public record Result(List<SentencePair> pairs, List<String> problems) {
    /** Copies the lists. */
    public Result {
      pairs = List.copyOf(pairs);
      problems = List.copyOf(problems);
    }
  }

  /**
   * Reads a file of UTF-8, unpacked if its name ends in {@code .gz}.
   *
   * @return at least one pair, in the order of the file
   * @throws IOException if the file cannot be read
   * @throws DataFormatException if a row has other columns than the first or a score that is no
   *     finite number, or if there is no row
   */
  public static List<SentencePair> read(Path file) throws IOException {
    return read(file, BadRows.FAIL).pairs();
  }

  /**
   * Reads a file as {@link #read(Path)} does.
   *
   * @param badRows what happens at a row with other columns or without a score
   * @throws DataFormatException as there, unless bad rows are skipped; if no pair is left
   */
  public static Result read(Path file, BadRows badRows) throws IOException {
    StsReader reader = new StsReader(file, badRows);
    try (RowReader rows = new RowReader(file)) {
      reader.read(rows);
      if (reader.pairs.isEmpty()) {
        throw new DataFormatException(
            file,
            rows.line(),
            "the file has no sentence pair%s"
                .formatted(
                    reader.problems.isEmpty()
                        ? ""
                        : " that can be read; the first problem: " + reader.problems.get(0)));
      }
    }
    return new Result(reader.pairs, reader.problems);
  }

  /**
   * Reads a file as {@link #read(Path)} does, to train on.
   *
   * @param highest the score of two sentences that mean the same, such as 5; labels are scores
   *     divided by it
   */
  public static TrainingData readToTrain(Path file, double highest) throws IOException {
    return new TrainingData(
        file.toString(),
        read(file).stream()
            .map(
                pair ->
                    TrainingExample.labelled(
                        pair.score() / highest, pair.sentence1(), pair.sentence2()))
            .toList());
  }

  private void read(RowReader rows) throws IOException {
    boolean first = true;
    boolean benchmark = false;
    for (RowReader.Row row = rows.next(); row != null; row = rows.next()) {
      List<String> columns = row.columns();
      benchmark = first ? columns.size() >= STS_BENCHMARK_COLUMNS : benchmark;
      boolean header =
          first && columns.size() == 3 && columns.get(2).strip().equalsIgnoreCase("score");
      if (!header) {
        try {
          pairs.add(benchmark ? benchmarkPair(columns, row.line()) : pair(columns, row.line()));
        } catch (DataFormatException e) {
          if (badRows == BadRows.FAIL) {
            throw e;
          }
          problems.add(e.getMessage());
        }
      }
      first = false;
    }
  }

  private SentencePair benchmarkPair(List<String> columns, int start) {
    if (columns.size() < STS_BENCHMARK_COLUMNS) {
      throw new DataFormatException(
          file,
          start,
          "expected the STS benchmark's %d columns or more, found %d"
              .formatted(STS_BENCHMARK_COLUMNS, columns.size()));
    }
    return new SentencePair(columns.get(5), columns.get(6), score(columns.get(4), start));
  }

  private SentencePair pair(List<String> columns, int start) {
    if (columns.size() != 3) {
      throw new DataFormatException(
          file,
          start,
          "expected 3 columns (sentence 1, sentence 2, score), found %d".formatted(columns.size()));
    }
    return new SentencePair(columns.get(0), columns.get(1), score(columns.get(2), start));
  }

  private double score(String text, int start) {
    try {
      double score = Double.parseDouble(text.strip());
      if (Double.isFinite(score)) {
        return score;
      }
    } catch (NumberFormatException e) {
      // Reported below, with the place, as other scores that are none.
    }
    throw new DataFormatException(
        file, start, "the score must be a finite number, not '%s'".formatted(text));
  }
}
