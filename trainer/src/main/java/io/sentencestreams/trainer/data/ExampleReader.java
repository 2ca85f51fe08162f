package io.sentencestreams.trainer.data;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads training examples from columns of a file: tab-separated, CSV or, if its name ends in {@code
 * .jsonl}, one JSON object a line; unpacked if it ends in {@code .gz}.
 *
 * <p>A column is named by what the first row or the objects call it, or by its number from 1; if
 * all are numbers, the first row is data.
 */
public final class ExampleReader {
  /** What happens at a row that cannot be read. */
  public enum BadRows {
    /** Reading ends with an error that names it. */
    FAIL,
    /** It is left out and counted. */
    SKIP
  }

  /**
   * What is in a file.
   *
   * @param texts columns of the texts
   * @param label column of the label; empty for none
   * @param classes names of labels that are classes, in the order of their numbers; empty if labels
   *     are numbers
   * @param scale by which labels that are numbers are divided
   */
  public record Columns(List<String> texts, String label, List<String> classes, double scale) {
    /** Checks that there are texts. */
    public Columns {
      texts = List.copyOf(texts);
      classes = List.copyOf(classes);
      if (texts.isEmpty() || texts.stream().anyMatch(String::isBlank)) {
        throw new IllegalArgumentException("at least one column of texts must be named");
      }
      if (!(scale > 0)) {
        throw new IllegalArgumentException("the scale of labels must be positive, not " + scale);
      }
    }

    private List<String> all() {
      List<String> all = new ArrayList<>(texts);
      if (!label.isEmpty()) {
        all.add(label);
      }
      return all;
    }
  }

  /**
   * What was read.
   *
   * @param problems one for each row that was left out
   */
  public record Result(TrainingData data, List<String> problems) {}

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern OBJECTS = Pattern.compile("(?i)\\.jsonl(\\.gz)?$");

  private final Path file;
  private final Columns columns;
  private final BadRows badRows;
  private final List<TrainingExample> examples = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private ExampleReader(Path file, Columns columns, BadRows badRows) {
    this.file = file;
    this.columns = columns;
    this.badRows = badRows;
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read
   * @throws DataFormatException at a bad row, unless those are skipped; if a column is not there;
   *     or if no example is left
   */
  public static Result read(Path file, Columns columns, BadRows badRows) throws IOException {
    ExampleReader reader = new ExampleReader(file, columns, badRows);
    try (RowReader rows = new RowReader(file)) {
      if (OBJECTS.matcher(file.toString()).find()) {
        reader.readObjects(rows);
      } else {
        reader.readRows(rows);
      }
      if (reader.examples.isEmpty()) {
        throw new DataFormatException(
            file,
            rows.line(),
            "the file has no example%s"
                .formatted(
                    reader.problems.isEmpty()
                        ? ""
                        : " that can be read; the first problem: " + reader.problems.get(0)));
      }
    }
    return new Result(
        new TrainingData(file.toString(), reader.examples), List.copyOf(reader.problems));
  }

  private void readObjects(RowReader rows) throws IOException {
    for (String text = rows.nextLine(); text != null; text = rows.nextLine()) {
      int line = rows.line();
      try {
        JsonNode object = JSON.readTree(text);
        List<String> values = new ArrayList<>();
        for (String name : columns.all()) {
          JsonNode value = object.path(name);
          if (!value.isValueNode() || value.isNull()) {
            throw new DataFormatException(
                file, line, "there is no text or number under '%s'".formatted(name));
          }
          values.add(value.asText());
        }
        examples.add(example(values, line));
      } catch (JacksonException e) {
        skip(new DataFormatException(file, line, "no valid JSON: " + e.getOriginalMessage()));
      } catch (DataFormatException e) {
        skip(e);
      }
    }
  }

  private void readRows(RowReader rows) throws IOException {
    boolean numbered = columns.all().stream().allMatch(name -> name.matches("[1-9]\\d{0,3}"));
    RowReader.Row row = rows.next();
    if (row == null) {
      return;
    }
    int[] places = numbered ? numbers() : places(row);
    for (row = numbered ? row : rows.next(); row != null; row = rows.next()) {
      try {
        List<String> values = new ArrayList<>();
        for (int place : places) {
          if (place >= row.columns().size()) {
            throw new DataFormatException(
                file,
                row.line(),
                "it has %d columns, but column %d is needed"
                    .formatted(row.columns().size(), place + 1));
          }
          values.add(row.columns().get(place));
        }
        examples.add(example(values, row.line()));
      } catch (DataFormatException e) {
        skip(e);
      }
    }
  }

  private int[] numbers() {
    return columns.all().stream().mapToInt(name -> Integer.parseInt(name) - 1).toArray();
  }

  private int[] places(RowReader.Row header) {
    return columns.all().stream()
        .mapToInt(
            name -> {
              int place = header.columns().indexOf(name);
              if (place < 0) {
                throw new DataFormatException(
                    file,
                    header.line(),
                    "there is no column '%s'; the first row has %s"
                        .formatted(name, header.columns()));
              }
              return place;
            })
        .toArray();
  }

  private TrainingExample example(List<String> values, int line) {
    int texts = columns.texts().size();
    for (int i = 0; i < texts; i++) {
      if (values.get(i).isBlank()) {
        throw new DataFormatException(
            file, line, "the text of column '%s' is empty".formatted(columns.texts().get(i)));
      }
    }
    float[] label = columns.label().isEmpty() ? new float[0] : label(values.get(texts), line);
    return new TrainingExample(values.subList(0, texts), label);
  }

  private float[] label(String text, int line) {
    if (!columns.classes().isEmpty()) {
      int place = columns.classes().indexOf(text.strip());
      if (place < 0) {
        throw new DataFormatException(
            file,
            line,
            "the label '%s' is none of %s".formatted(text, String.join(", ", columns.classes())));
      }
      return new float[] {place};
    }
    double value;
    try {
      value = Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      value = Double.NaN; // reported below, with the place
    }
    if (!Double.isFinite(value)) {
      throw new DataFormatException(
          file, line, "the label must be a finite number, not '%s'".formatted(text));
    }
    return new float[] {(float) (value / columns.scale())};
  }

  private void skip(DataFormatException problem) {
    if (badRows == BadRows.FAIL) {
      throw problem;
    }
    problems.add(problem.getMessage());
  }
}
