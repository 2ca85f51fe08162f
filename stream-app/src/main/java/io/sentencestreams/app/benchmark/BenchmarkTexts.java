package io.sentencestreams.app.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.Stream;

/** The texts that benchmarks feed, again from the start when they are used up. */
public final class BenchmarkTexts {
  private static final String BUILT_IN = "/demo/texts.txt";
  private static final int GENERATED = 20_000;

  /** Words in a text, log-normal as lengths of sentences are. */
  private static final double LOG_MEDIAN = Math.log(9);

  private static final double LOG_DEVIATION = 0.5;
  private static final int MOST_WORDS = 120;

  private final List<String> texts;
  private final String name;

  private BenchmarkTexts(List<String> texts, String name) {
    this.texts = List.copyOf(texts);
    this.name = name;
  }

  /**
   * The lines of a file that are not blank.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if there is none
   */
  public static BenchmarkTexts of(Path file) throws IOException {
    List<String> lines;
    try (Stream<String> all = Files.lines(file, StandardCharsets.UTF_8)) {
      lines = all.filter(line -> !line.isBlank()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (lines.isEmpty()) {
      throw new IllegalArgumentException(file + " has no text in it");
    }
    return new BenchmarkTexts(lines, String.valueOf(file.getFileName()));
  }

  /** Random sentences of the words of the demo's texts; the same each time. */
  public static BenchmarkTexts generated() {
    List<String> words = words();
    Random random = new Random(1);
    List<String> texts = new ArrayList<>(GENERATED);
    for (int i = 0; i < GENERATED; i++) {
      double length = Math.exp(LOG_MEDIAN + LOG_DEVIATION * random.nextGaussian());
      StringJoiner text = new StringJoiner(" ");
      for (int word = (int) Math.max(1, Math.min(MOST_WORDS, length)); word > 0; word--) {
        text.add(words.get(random.nextInt(words.size())));
      }
      texts.add(text.toString());
    }
    return new BenchmarkTexts(texts, "generated texts");
  }

  private static List<String> words() {
    InputStream resource = BenchmarkTexts.class.getResourceAsStream(BUILT_IN);
    if (resource == null) {
      throw new IllegalStateException("the program lacks its own resource " + BUILT_IN);
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .flatMap(line -> Stream.of(line.strip().split("\\s+")))
          .filter(word -> !word.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What they are called in a report. */
  public String name() {
    return name;
  }

  /** The text at an index, which may exceed their number. */
  public String get(long index) {
    return texts.get((int) (index % texts.size()));
  }

  /** The texts from an index on. */
  public List<String> slice(long from, int count) {
    List<String> slice = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      slice.add(get(from + i));
    }
    return slice;
  }
}
