package io.sentencestreams.trainer.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
  private final List<SentencePair> pairs = new ArrayList<>();
  private int line;

  private StsReader(Path file) {
    this.file = file;
  }

  /**
   * Reads a file of UTF-8.
   *
   * @return at least one pair, in the order of the file
   * @throws IOException if the file cannot be read
   * @throws DataFormatException if a row has other columns than the first or a score that is no
   *     finite number, or if there is no row
   */
  public static List<SentencePair> read(Path file) throws IOException {
    StsReader reader = new StsReader(file);
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      reader.read(in);
    } catch (CharacterCodingException e) {
      throw new IOException("%s is not UTF-8 near line %d".formatted(file, reader.line + 1), e);
    }
    if (reader.pairs.isEmpty()) {
      throw new DataFormatException(file, reader.line, "the file has no sentence pair");
    }
    return List.copyOf(reader.pairs);
  }

  private void read(BufferedReader in) throws IOException {
    boolean first = true;
    boolean tabs = false;
    boolean benchmark = false;
    for (String text = next(in); text != null; text = next(in)) {
      if (first && text.startsWith("\uFEFF")) {
        text = text.substring(1);
      }
      if (text.isBlank()) {
        continue;
      }
      int start = line;
      tabs = first ? text.indexOf('\t') >= 0 : tabs;
      List<String> columns = tabs ? List.of(text.split("\t", -1)) : csv(text, in);
      benchmark = first ? columns.size() >= STS_BENCHMARK_COLUMNS : benchmark;
      boolean header =
          first && columns.size() == 3 && columns.get(2).strip().equalsIgnoreCase("score");
      if (!header) {
        pairs.add(benchmark ? benchmarkPair(columns, start) : pair(columns, start));
      }
      first = false;
    }
  }

  private String next(BufferedReader in) throws IOException {
    String text = in.readLine();
    if (text != null) {
      line++;
    }
    return text;
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

  /**
   * Splits a CSV record, which goes on in the next line where a quote is open at the end of one.
   */
  private List<String> csv(String text, BufferedReader in) throws IOException {
    int start = line;
    String record = text;
    List<String> columns = new ArrayList<>();
    StringBuilder column = new StringBuilder();
    boolean quoted = false;
    int i = 0;
    while (true) {
      if (i == record.length()) {
        if (!quoted) {
          columns.add(column.toString());
          return columns;
        }
        record = next(in);
        if (record == null) {
          throw new DataFormatException(file, start, "a quote is opened and never closed");
        }
        column.append('\n');
        i = 0;
        continue;
      }
      char c = record.charAt(i);
      i++;
      if (quoted && c == '"' && i < record.length() && record.charAt(i) == '"') {
        column.append('"');
        i++;
      } else if (c == '"' && (quoted || column.isEmpty())) {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        columns.add(column.toString());
        column.setLength(0);
      } else {
        column.append(c);
      }
    }
  }
}
