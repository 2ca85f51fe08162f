package io.sentencestreams.trainer.data;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Rows of a text file of UTF-8, unpacked if its name ends in {@code .gz}. If the first row has a
 * tab, columns are separated by tabs and nothing is quoted; otherwise it is CSV with quotes (RFC
 * 4180). Empty lines are skipped.
 */
final class RowReader implements AutoCloseable {
  private final Path file;
  private final BufferedReader in;
  private int line;
  private boolean first = true;
  private boolean tabs;

  /**
   * A row.
   *
   * @param line where it starts, counted from 1
   */
  record Row(int line, List<String> columns) {}

  RowReader(Path file) throws IOException {
    this.file = file;
    if (Files.isDirectory(file)) {
      throw new IOException(file + " is a folder");
    }
    InputStream bytes = Files.newInputStream(file);
    try {
      InputStream text = file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
      this.in =
          new BufferedReader(
              new InputStreamReader(
                  text,
                  StandardCharsets.UTF_8
                      .newDecoder()
                      .onMalformedInput(CodingErrorAction.REPORT)
                      .onUnmappableCharacter(CodingErrorAction.REPORT)));
    } catch (IOException e) { // of the first bytes
      bytes.close();
      throw new IOException(file + " cannot be unpacked: " + e.getMessage(), e);
    }
  }

  /** Lines that were read. */
  int line() {
    return line;
  }

  /** The next line that is not blank, whatever is in it; null at the end. */
  String nextLine() throws IOException {
    String text;
    do {
      text = anyLine();
    } while (text != null && text.isBlank());
    first = false;
    return text;
  }

  /** The next line, blank or not; null at the end. */
  String anyLine() throws IOException {
    String text = read();
    return text != null && line == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /**
   * The next row; null at the end.
   *
   * @throws DataFormatException if a quote is opened and never closed
   */
  Row next() throws IOException {
    boolean before = first;
    String text = nextLine();
    if (text == null) {
      return null;
    }
    if (before) {
      tabs = text.indexOf('\t') >= 0;
    }
    int start = line;
    return new Row(start, tabs ? List.of(text.split("\t", -1)) : csv(text));
  }

  private String read() throws IOException {
    try {
      String text = in.readLine();
      if (text != null) {
        line++;
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new IOException("%s is not UTF-8 near line %d".formatted(file, line + 1), e);
    } catch (EOFException | ZipException e) {
      throw new IOException("%s is damaged near line %d".formatted(file, line + 1), e);
    }
  }

  /**
   * Splits a CSV record, which goes on in the next line where a quote is open at the end of one.
   */
  private List<String> csv(String text) throws IOException {
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
        record = read();
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

  @Override
  public void close() throws IOException {
    in.close();
  }
}
