package io.sentencestreams.model.words;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.DType;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TensorType;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Words and a vector for each, as GloVe and word2vec publish them.
 *
 * <p>The first word is {@value #PADDING} with a vector of zeros, as in the reference, so that
 * padding and the first word of the file are not one.
 *
 * <p>The words are on the heap, the vectors in a temporary file that is mapped. Owns that file,
 * which has no name any more and goes with {@link #close} or with the process.
 */
public final class WordVectors implements AutoCloseable {
  /** The word of the row of zeros. */
  public static final String PADDING = "PADDING_TOKEN";

  /** The longest vector that is taken for one. */
  public static final int MAX_DIMENSION = 1 << 16;

  private static final Logger log = LoggerFactory.getLogger(WordVectors.class);

  private final List<String> words;
  private final int dimension;
  private final FileChannel table;
  private final Source source;

  /** How a file has its vectors. */
  public enum Format {
    /** A word and its numbers in each line. */
    GLOVE("GloVe text"),
    /** The same, behind a line with the number of words and of dimensions. */
    WORD2VEC_TEXT("word2vec text"),
    /** The same line, then words and floats in binary. */
    WORD2VEC_BINARY("word2vec binary");

    private final String label;

    Format(String label) {
      this.label = label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /**
   * Where vectors come from.
   *
   * @param gzip whether the file was packed
   * @param declared number of words that the file says it has
   * @param limited whether it has more words than the limit let in
   * @param skipped number of words that could not be used
   * @param firstProblem of those
   */
  public record Source(
      Path file,
      Format format,
      boolean gzip,
      OptionalLong declared,
      boolean limited,
      int skipped,
      Optional<String> firstProblem) {}

  WordVectors(List<String> words, int dimension, FileChannel table, Source source) {
    this.words = List.copyOf(words);
    this.dimension = dimension;
    this.table = table;
    this.source = source;
  }

  /** As {@link #read(Path, WordVectorOptions)}, all words. */
  public static WordVectors read(Path file) {
    return read(file, WordVectorOptions.DEFAULT);
  }

  /**
   * Reads a file of GloVe text, word2vec text or word2vec binary, packed by gzip or not; which one
   * it is, its content says. What is read costs memory for its words only, whatever a damaged file
   * claims; what is left out is logged.
   *
   * @throws CheckpointException if there is no such file, or it is damaged: names the line, or the
   *     offset in a binary file, and what is wrong there
   */
  public static WordVectors read(Path file, WordVectorOptions options) {
    WordVectors vectors = new WordVectorReader(file, options).read();
    Source source = vectors.source();
    if (source.limited()) {
      log.warn(
          "{}: the first {} words are taken, as asked for; the file has {}",
          file,
          vectors.words().size() - 1,
          source.declared().isPresent() ? source.declared().getAsLong() : "more");
    }
    if (source.skipped() > 0) {
      log.warn(
          "{}: {} words left out; the first: {}",
          file,
          source.skipped(),
          source.firstProblem().orElseThrow());
    }
    return vectors;
  }

  /** The words, {@value #PADDING} first, without repetition. */
  public List<String> words() {
    return words;
  }

  /** Length of a vector. */
  public int dimension() {
    return dimension;
  }

  /** Where they come from, and what was left out. */
  public Source source() {
    return source;
  }

  /** The vectors in the order of the words: fp32, [words, dimension]; a view of the file. */
  public Tensor table() {
    try {
      return new Tensor(
          new TensorType(DType.F32, List.of((long) words.size(), (long) dimension)),
          table.map(FileChannel.MapMode.READ_ONLY, 0, table.size()));
    } catch (IOException e) {
      throw new CheckpointException("cannot read the vectors of %s: %s".formatted(source, e), e);
    }
  }

  /** Frees the temporary file; a table that is in use stays. */
  @Override
  public void close() {
    try {
      table.close();
    } catch (IOException e) {
      throw new CheckpointException("cannot close the vectors of %s: %s".formatted(source, e), e);
    }
  }
}
