package io.sentencestreams.model.words;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.words.WordVectorOptions.Damaged;
import io.sentencestreams.model.words.WordVectors.Format;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads one file of word vectors. */
final class WordVectorReader {
  private static final Pattern HEADER = Pattern.compile("(\\d{1,18}) (\\d{1,18}) ?");
  private static final int LONGEST_WORD = 1 << 12;
  private static final int WORDS_PER_REPORT = 4096;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final Path file;
  private final WordVectorOptions options;
  private int skipped;
  private String firstProblem;
  private long size;
  private long line;

  WordVectorReader(Path file, WordVectorOptions options) {
    this.file = file;
    this.options = options;
  }

  WordVectors read() {
    if (Files.isDirectory(file)) {
      throw new CheckpointException(file + " is a folder; name a file of word vectors");
    }
    try (ByteSource source = ByteSource.open(file);
        VectorTable table = new VectorTable()) {
      size = Math.max(1, Files.size(file));
      return read(source, table);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private WordVectors read(ByteSource source, VectorTable table) {
    if (source.atEnd()) {
      throw new CheckpointException(
          "%s is empty%s".formatted(file, source.gzip() ? " once it is unpacked" : ""));
    }
    if (startsWith(source, BYTE_ORDER_MARK)) {
      source.take(BYTE_ORDER_MARK.length);
    }
    if (startsWith(source, new byte[] {'P', 'K', 3, 4})) {
      throw new CheckpointException(
          file + " is a zip archive; unpack it and name one of its files, which may be gzip");
    }
    Optional<long[]> header = header(source);
    Format format = Format.GLOVE;
    OptionalLong declared = OptionalLong.empty();
    int dimension = 0;
    if (header.isPresent()) {
      declared = OptionalLong.of(header.get()[0]);
      dimension = dimension(header.get()[1]);
      format = looksBinary(source, dimension) ? Format.WORD2VEC_BINARY : Format.WORD2VEC_TEXT;
    }
    boolean limited;
    if (format == Format.WORD2VEC_BINARY) {
      float[] vector = new float[dimension];
      table.add(WordVectors.PADDING, vector, file);
      limited = readBinary(source, table, declared.getAsLong(), vector);
    } else {
      TextLines lines = new TextLines(table, dimension);
      limited = lines.read(source, declared);
      dimension = lines.dimension;
    }
    if (table.words().size() < 2) {
      throw new CheckpointException(
          firstProblem == null ? file + " has no words" : file + ", " + firstProblem);
    }
    options.progress().read(table.words().size() - 1, 1);
    WordVectors.Source from =
        new WordVectors.Source(
            file,
            format,
            source.gzip(),
            declared,
            limited,
            skipped,
            Optional.ofNullable(firstProblem));
    return new WordVectors(table.words(), dimension, table.finish(), from);
  }

  private static boolean startsWith(ByteSource source, byte[] start) {
    if (source.peek(start.length) < start.length) {
      return false;
    }
    int from = source.start();
    return Arrays.equals(source.window(), from, from + start.length, start, 0, start.length);
  }

  /** Takes the line with the numbers of words and of dimensions, if there is one. */
  private Optional<long[]> header(ByteSource source) {
    int end = source.find('\n', 64);
    if (end < 0) {
      return Optional.empty();
    }
    String text =
        new String(source.window(), source.start(), end, StandardCharsets.ISO_8859_1)
            .stripTrailing();
    Matcher matcher = HEADER.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    source.take(end + 1);
    line = 1;
    return Optional.of(
        new long[] {Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))});
  }

  private int dimension(long declared) {
    if (declared < 1 || declared > WordVectors.MAX_DIMENSION) {
      throw new CheckpointException(
          "%s, line 1: vectors of %d numbers; 1 to %d are supported"
              .formatted(file, declared, WordVectors.MAX_DIMENSION));
    }
    return (int) declared;
  }

  /** Whether what follows the first word cannot be numbers in text. */
  private static boolean looksBinary(ByteSource source, int dimension) {
    int space = source.find(' ', LONGEST_WORD);
    if (space < 0) {
      return false; // no word either way: as text it is refused with its line
    }
    int there = source.peek(space + 1 + Float.BYTES * dimension) - space - 1;
    for (int i = 0; i < there; i++) {
      byte b = source.window()[source.start() + space + 1 + i];
      if (b == '\n') {
        return false; // a whole line of text
      }
      if ("0123456789+-.eE \t\rnNaAiIfF".indexOf(b) < 0) {
        return true;
      }
    }
    return false;
  }

  /** Says what is wrong with a word, or goes on without it. */
  private void leaveOut(String problem) {
    if (options.damaged() == Damaged.FAIL) {
      throw new CheckpointException(
          "%s, %s; Damaged.SKIP (from-words --skip-damaged) leaves such words out"
              .formatted(file, problem));
    }
    skipped++;
    firstProblem = firstProblem == null ? problem : firstProblem;
  }

  private boolean reached(VectorTable table) {
    return options.limit().isPresent() && table.words().size() > options.limit().getAsInt();
  }

  private void report(ByteSource source, VectorTable table) {
    if (table.words().size() % WORDS_PER_REPORT == 0) {
      options
          .progress()
          .read(table.words().size(), Math.min(1, (double) source.packedOffset() / size));
    }
  }

  private static String word(byte[] bytes, int from, int length) {
    String word = new String(bytes, from, length, StandardCharsets.UTF_8);
    if (word.indexOf('\ufffd') >= 0) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
      } catch (CharacterCodingException e) {
        return null;
      }
    }
    return word;
  }

  /** Lines of a word and its numbers. */
  private final class TextLines {
    private final VectorTable table;
    private int dimension; // 0 until a line says it
    private float[] numbers;

    TextLines(VectorTable table, int dimension) {
      this.table = table;
      this.dimension = dimension;
      this.numbers = new float[dimension == 0 ? 512 : dimension];
      if (dimension > 0) {
        table.add(WordVectors.PADDING, numbers, file);
      }
    }

    /** Whether there is more than the limit lets in. */
    boolean read(ByteSource source, OptionalLong declared) {
      long words = 0;
      while (!source.atEnd()) {
        line++;
        int end = source.find('\n', ByteSource.WINDOW);
        int length = end < 0 ? source.peek(ByteSource.WINDOW) : end;
        if (end < 0 && length == ByteSource.WINDOW) {
          throw new CheckpointException(
              "%s, line %d: a line of more than %d bytes; this is no text of word vectors"
                  .formatted(file, line, ByteSource.WINDOW));
        }
        boolean empty = length == 0 || (length == 1 && source.window()[source.start()] == '\r');
        if (empty && source.peek(length + 2) <= length + 1) {
          break; // a line end too many
        }
        if (reached(table)) {
          return true;
        }
        words++;
        String problem = read(source.window(), source.start(), length);
        source.take(end < 0 ? length : end + 1);
        if (problem != null) {
          leaveOut("line %d: %s".formatted(line, problem));
        }
        report(source, table);
      }
      if (declared.isPresent() && declared.getAsLong() != words) {
        throw new CheckpointException(
            "%s, line 1: it says that there are %d words, but %d follow; the file is cut off, or not what it says"
                .formatted(file, declared.getAsLong(), words));
      }
      return false;
    }

    /** What is wrong with the line; null if it was added. */
    private String read(byte[] bytes, int from, int length) {
      int to = from + length;
      while (to > from && isBlank(bytes[to - 1])) {
        to--;
      }
      int space = from;
      while (space < to && bytes[space] != ' ' && bytes[space] != '\t') {
        space++;
      }
      if (space == to) {
        return to == from ? "it is empty" : "there are no numbers behind the word";
      }
      String word = word(bytes, from, space - from);
      if (word == null) {
        return "the word is not UTF-8";
      }
      int count;
      try {
        count = numbers(bytes, space, to);
      } catch (NumberFormatException e) {
        return "'%s' is no number".formatted(cut(e.getMessage()));
      }
      if (dimension > 0 && count != dimension) {
        return "%d numbers, but vectors have %d".formatted(count, dimension);
      }
      float[] vector = Arrays.copyOf(numbers, count);
      if (dimension == 0) {
        dimension = count;
        table.add(WordVectors.PADDING, new float[count], file);
      }
      String problem = table.problem(word, vector);
      if (problem == null) {
        table.add(word, vector, file);
      }
      return problem;
    }

    private int numbers(byte[] bytes, int from, int to) {
      int count = 0;
      int at = from;
      while (at < to) {
        while (isBlank(bytes[at])) {
          at++; // what is blank at the end is cut off already
        }
        int end = at;
        while (end < to && !isBlank(bytes[end])) {
          end++;
        }
        if (count == numbers.length) {
          numbers = Arrays.copyOf(numbers, 2 * count);
        }
        numbers[count++] = Decimals.parse(bytes, at, end);
        at = end;
      }
      return count;
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  private static String cut(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }

  /** Whether there is more than the limit lets in. */
  private boolean readBinary(ByteSource source, VectorTable table, long declared, float[] vector) {
    for (long word = 1; word <= declared; word++) {
      if (reached(table)) {
        return true;
      }
      while (source.peek(1) == 1 && source.window()[source.start()] == '\n') {
        source.take(1);
      }
      String where = "offset %d, word %d of %d".formatted(source.offset(), word, declared);
      if (source.atEnd()) {
        throw new CheckpointException(
            "%s, offset %d: the file ends after %d words, but line 1 says that there are %d"
                .formatted(file, source.offset(), word - 1, declared));
      }
      int length = source.find(' ', LONGEST_WORD);
      if (length < 0) {
        throw new CheckpointException(
            "%s, %s: no space ends the word; the file is damaged or has vectors of another length"
                .formatted(file, where));
      }
      int bytes = length + 1 + Float.BYTES * vector.length;
      if (source.peek(bytes) < bytes) {
        throw new CheckpointException(
            "%s, %s: the file ends within the vector".formatted(file, where));
      }
      String text = word(source.window(), source.start(), length);
      ByteBuffer.wrap(source.window(), source.start() + length + 1, Float.BYTES * vector.length)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(vector);
      String problem = text == null ? "the word is not UTF-8" : table.problem(text, vector);
      if (problem == null) {
        table.add(text, vector, file);
      } else {
        leaveOut(where + ": " + problem);
      }
      source.take(bytes);
      report(source, table);
    }
    if (source.find('\n', 1) == 0) {
      source.take(1);
    }
    if (!source.atEnd()) {
      throw new CheckpointException(
          "%s, offset %d: there is more behind the %d words that line 1 says there are"
              .formatted(file, source.offset(), declared));
    }
    return false;
  }
}
