package io.sentencestreams.model.words;

import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.StringTokenizer;

/** Words that say too little to count, such as articles. */
public final class StopWords {
  private StopWords() {}

  /** Articles, pronouns, prepositions, auxiliary verbs and the like, and signs; in lower case. */
  public static Set<String> ofEnglish() {
    try (InputStream in = StopWords.class.getResourceAsStream("english.txt")) {
      return Set.copyOf(words(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads words between white space, as one in each line.
   *
   * @throws CheckpointException if there is no such file, or it has no words or is not UTF-8
   */
  public static Set<String> read(Path file) {
    try {
      Set<String> words = words(Files.readString(file));
      if (words.isEmpty()) {
        throw new CheckpointException(file + " has no words");
      }
      return words;
    } catch (NoSuchFileException e) {
      throw new CheckpointException("there is no file " + file, e);
    } catch (CharacterCodingException e) {
      throw new CheckpointException(file + " is not UTF-8", e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static Set<String> words(String text) {
    Set<String> words = new LinkedHashSet<>();
    StringTokenizer tokens = new StringTokenizer(text);
    while (tokens.hasMoreTokens()) {
      words.add(tokens.nextToken());
    }
    return Collections.unmodifiableSet(words);
  }
}
