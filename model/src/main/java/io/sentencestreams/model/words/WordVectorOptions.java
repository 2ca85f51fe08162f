package io.sentencestreams.model.words;

import java.util.OptionalInt;

/**
 * How a file of word vectors is read.
 *
 * @param limit the most words that are taken, the first of the file, which are the most frequent
 *     ones in all that are published; empty for all
 * @param damaged what becomes of a word that cannot be used: its vector has another length or is
 *     not finite, or the word is there twice
 * @param progress is told how far it has come
 */
public record WordVectorOptions(OptionalInt limit, Damaged damaged, Progress progress) {
  /** All words; one that cannot be used is an error. */
  public static final WordVectorOptions DEFAULT =
      new WordVectorOptions(OptionalInt.empty(), Damaged.FAIL, (words, share) -> {});

  /** What becomes of a word that cannot be used. */
  public enum Damaged {
    /** The file is refused. */
    FAIL,
    /** The word is left out and counted, as the reference does. */
    SKIP
  }

  /** Is told, now and then, how far reading has come; called on the reading thread. */
  @FunctionalInterface
  public interface Progress {
    /**
     * So much is read.
     *
     * @param words number of words so far
     * @param share of the file's bytes, from 0 to 1
     */
    void read(int words, double share);
  }

  /** Checks the limit. */
  public WordVectorOptions {
    if (limit.isPresent() && limit.getAsInt() < 1) {
      throw new IllegalArgumentException("limit must be at least 1, not " + limit.getAsInt());
    }
  }

  /** With a number of words at most. */
  public WordVectorOptions withLimit(int words) {
    return new WordVectorOptions(OptionalInt.of(words), damaged, progress);
  }

  /** Leaving out, or refusing, what cannot be used. */
  public WordVectorOptions withDamaged(Damaged value) {
    return new WordVectorOptions(limit, value, progress);
  }

  /** Telling another listener. */
  public WordVectorOptions withProgress(Progress value) {
    return new WordVectorOptions(limit, damaged, value);
  }
}
