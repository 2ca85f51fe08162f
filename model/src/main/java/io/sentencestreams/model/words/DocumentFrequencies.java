package io.sentencestreams.model.words;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.tokenization.WordTokenizer;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * In how many documents of a corpus each word is: what makes inverse document frequencies, the idf
 * of tf-idf (Sp&auml;rck Jones 1972).
 *
 * <p>Words are those between white space, without the signs around them and in lower case.
 */
public final class DocumentFrequencies {
  private final long documents;
  private final Map<String, Long> frequencies;

  private DocumentFrequencies(long documents, Map<String, Long> frequencies) {
    this.documents = documents;
    this.frequencies = frequencies;
  }

  /**
   * Counts the words of a corpus; the words take memory, the documents do not.
   *
   * @throws IllegalArgumentException if there is no document
   */
  public static DocumentFrequencies count(Stream<String> corpus) {
    Map<String, Long> frequencies = new LinkedHashMap<>();
    long[] documents = {0};
    corpus
        .sequential()
        .forEach(
            document -> {
              documents[0]++;
              for (String word : new HashSet<>(WordTokenizer.plainWords(document))) {
                frequencies.merge(word, 1L, Long::sum);
              }
            });
    if (documents[0] == 0) {
      throw new IllegalArgumentException("there is no document to count words in");
    }
    return new DocumentFrequencies(documents[0], frequencies);
  }

  /**
   * Reads a file in the reference's form: the number of documents in the first line, then a word, a
   * TAB and its frequency in each, as in its {@code wikipedia_doc_frequencies.txt}.
   *
   * @throws CheckpointException if there is no such file, or it is damaged; names the line
   */
  public static DocumentFrequencies read(Path file) {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      String first = reader.readLine();
      if (first == null) {
        throw new CheckpointException(file + " is empty");
      }
      long documents = number(file, 1, first.strip(), Long.MAX_VALUE);
      Map<String, Long> frequencies = new LinkedHashMap<>();
      int line = 1;
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        line++;
        int tab = text.lastIndexOf('\t');
        if (tab < 1) {
          throw new CheckpointException(
              "%s, line %d: it must have a word, a TAB and a number".formatted(file, line));
        }
        String word = text.substring(0, tab);
        long frequency = number(file, line, text.substring(tab + 1).strip(), documents);
        if (frequencies.put(word, frequency) != null) {
          throw new CheckpointException(
              "%s, line %d: the word '%s' is there already".formatted(file, line, word));
        }
      }
      return new DocumentFrequencies(documents, frequencies);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("there is no file " + file, e);
    } catch (CharacterCodingException e) {
      throw new CheckpointException(file + " is not UTF-8", e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static long number(Path file, int line, String text, long most) {
    try {
      long number = Long.parseLong(text);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new CheckpointException(
          "%s, line %d: '%s' is no number".formatted(file, line, text), e);
    }
    throw new CheckpointException(
        "%s, line %d: %s must be at least 1%s"
            .formatted(
                file,
                line,
                text,
                most == Long.MAX_VALUE ? "" : " and at most the number of documents, " + most));
  }

  /** Writes the file that {@link #read} reads, frequent words first. */
  public void write(Path file) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(file)) {
      writer.write(documents + "\n");
      for (String word : mostFrequent(Integer.MAX_VALUE, Set.of())) {
        writer.write(word + "\t" + frequencies.get(word) + "\n");
      }
    }
  }

  /** Number of documents. */
  public long documents() {
    return documents;
  }

  /** Number of documents that each word is in. */
  public Map<String, Long> frequencies() {
    return Collections.unmodifiableMap(frequencies);
  }

  /** The weight of each word: ln(documents / its frequency). */
  public Map<String, Double> inverse() {
    Map<String, Double> weights = new LinkedHashMap<>();
    frequencies.forEach(
        (word, frequency) -> weights.put(word, Math.log((double) documents / (double) frequency)));
    return weights;
  }

  /** The weight of a word that no document has, taken as if one had it: ln(documents). */
  public double inverseOfUnknown() {
    return Math.log((double) documents);
  }

  /**
   * The words that are in most documents.
   *
   * @param count the most words
   * @param without words that are passed over
   * @return frequent ones first, those of one frequency in the order of the alphabet
   */
  public List<String> mostFrequent(int count, Set<String> without) {
    return frequencies.entrySet().stream()
        .filter(entry -> !without.contains(entry.getKey()))
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(count)
        .map(Map.Entry::getKey)
        .toList();
  }
}
