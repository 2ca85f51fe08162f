package io.sentencestreams.app.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads UTF-8 text line by line and holds one line at a time. Bytes that are no UTF-8 are an error
 * with the number of their line, because a replaced character would be embedded without a word.
 */
final class LineReader implements AutoCloseable {
  /** {@value} bytes: a file without line ends must not fill the memory. */
  static final int MAX_LINE_BYTES = 64 * 1024 * 1024;

  /** Bounds the memory, and is enough to sort by length. */
  private static final int CHUNK_LINES = 1024;

  private static final int CHUNK_CHARS = 4 << 20;

  private static final int BUFFER_BYTES = 1 << 16;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final String name;
  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private int position;
  private int limit;
  private long lineNumber;

  LineReader(String name, InputStream in) {
    this.name = name;
    this.in = in;
  }

  /** Opens a file; {@code -} is standard input. */
  static LineReader open(String file) {
    if (file.equals("-")) {
      return new LineReader("standard input", System.in);
    }
    Path path = Path.of(file);
    if (Files.isDirectory(path)) {
      throw new CommandException(file + " is a folder; name a file of lines");
    }
    try {
      return new LineReader(file, Files.newInputStream(path));
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + file, e);
    } catch (IOException e) {
      throw new CommandException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** The next line without its end, or null after the last. */
  String next() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean any = false;
    while (fill()) {
      any = true;
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      line.write(buffer, position, end - position);
      boolean complete = end < limit;
      position = complete ? end + 1 : end;
      if (complete) {
        break;
      }
      if (line.size() > MAX_LINE_BYTES) {
        throw new CommandException(
            "%s, line %d is longer than %d MB; is this a file of lines?"
                .formatted(name, lineNumber + 1, MAX_LINE_BYTES >> 20));
      }
    }
    if (!any) {
      return null;
    }
    lineNumber++;
    return decode(line.toByteArray());
  }

  /** The next lines that are at hand, at least one; none after the last. */
  List<String> chunk() {
    List<String> chunk = new ArrayList<>();
    long chars = 0;
    do {
      String line = next();
      if (line == null) {
        break;
      }
      chunk.add(line);
      chars += line.length();
    } while (chunk.size() < CHUNK_LINES && chars < CHUNK_CHARS && ready());
    return chunk;
  }

  private String decode(byte[] bytes) {
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    try {
      String line = decoder.decode(ByteBuffer.wrap(bytes, 0, length)).toString();
      return lineNumber == 1 && line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
    } catch (CharacterCodingException e) {
      throw new CommandException(
          "%s, line %d is not UTF-8; convert the file (iconv -t UTF-8)".formatted(name, lineNumber),
          e);
    }
  }

  private boolean fill() {
    if (position < limit) {
      return true;
    }
    try {
      position = 0;
      limit = Math.max(0, in.read(buffer));
      return limit > 0;
    } catch (IOException e) {
      throw new CommandException(
          "%s cannot be read after line %d: %s".formatted(name, lineNumber, e.getMessage()), e);
    }
  }

  /** Whether there is more at hand, without waiting for it. */
  boolean ready() {
    try {
      return position < limit || in.available() > 0;
    } catch (IOException e) {
      return true; // the next read says what is wrong
    }
  }

  /** The number of the line that {@link #next} returned last, from 1. */
  long lineNumber() {
    return lineNumber;
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new CommandException(name + " cannot be closed: " + e.getMessage(), e);
    }
  }
}
