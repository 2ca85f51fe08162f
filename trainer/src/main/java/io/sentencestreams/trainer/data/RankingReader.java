package io.sentencestreams.trainer.data;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads queries with documents that are relevant for them and others that are not, one JSON object
 * a line: {@code {"query": "…", "positive": ["…"], "negative": ["…"]}}; unpacked if the file's name
 * ends in {@code .gz}.
 */
public final class RankingReader {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RankingReader() {}

  /**
   * A query.
   *
   * @param positives documents that are relevant; may be empty
   * @param negatives documents that are not; may be empty
   */
  public record Query(String text, List<String> positives, List<String> negatives) {
    /** Copies the documents. */
    public Query {
      positives = List.copyOf(positives);
      negatives = List.copyOf(negatives);
    }
  }

  /**
   * Reads a file.
   *
   * @param warnings hears of rows that were left out
   * @throws DataFormatException at a bad row, unless those are skipped; if no query is left
   */
  public static List<Query> read(Path file, BadRows badRows, Consumer<String> warnings)
      throws IOException {
    List<Query> queries = new ArrayList<>();
    try (RowReader rows = new RowReader(file)) {
      for (String text = rows.nextLine(); text != null; text = rows.nextLine()) {
        try {
          queries.add(query(file, rows.line(), text));
        } catch (DataFormatException e) {
          if (badRows == BadRows.FAIL) {
            throw e;
          }
          warnings.accept("left out: " + e.getMessage());
        }
      }
      if (queries.isEmpty()) {
        throw new DataFormatException(file, rows.line(), "the file has no query");
      }
    }
    return queries;
  }

  private static Query query(Path file, int line, String text) {
    JsonNode object;
    try {
      object = JSON.readTree(text);
    } catch (JacksonException e) {
      throw new DataFormatException(file, line, "no valid JSON: " + e.getOriginalMessage());
    }
    String query = object.path("query").asText("");
    if (query.isBlank()) {
      throw new DataFormatException(file, line, "there is no text under 'query'");
    }
    return new Query(
        query,
        documents(file, line, object.path("positive")),
        documents(file, line, object.path("negative")));
  }

  private static List<String> documents(Path file, int line, JsonNode node) {
    List<String> documents = new ArrayList<>();
    if (!node.isMissingNode() && !node.isArray()) {
      throw new DataFormatException(file, line, "positive and negative must be lists of texts");
    }
    for (JsonNode document : node) {
      if (!document.isTextual() || document.asText().isBlank()) {
        throw new DataFormatException(file, line, "a document is no text: " + document);
      }
      documents.add(document.asText());
    }
    return documents;
  }

  /** The lines of a file that are not blank. */
  public static List<String> lines(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    try (RowReader rows = new RowReader(file)) {
      for (String line = rows.nextLine(); line != null; line = rows.nextLine()) {
        lines.add(line);
      }
    }
    return lines;
  }
}
