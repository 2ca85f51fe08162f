package io.sentencestreams.model;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.PairScoring;
import io.sentencestreams.model.repository.ModelRepository;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Scores pairs of texts, both read at once by one transformer (Nogueira and Cho 2019; Reimers and
 * Gurevych 2019). That is more exact than to compare two embeddings, and a pass for each pair: it
 * is for the few candidates that a search with a {@link SentenceEncoder} has found.
 *
 * <pre>{@code
 * try (CrossEncoder encoder = CrossEncoder.load(folder)) {
 *   List<CrossEncoder.Ranked> best = encoder.rank("How old is Rome?", passages);
 * }
 * }</pre>
 *
 * <p>Reads what Sentence Transformers' {@code CrossEncoder} saved, of any generation. Thread-safe.
 * Owns native memory.
 */
public final class CrossEncoder implements AutoCloseable {
  private static final int PAIRS_PER_TOKENIZATION = 1024;

  private final SentenceEncoder encoder;
  private final PairScoring scoring;

  private CrossEncoder(SentenceEncoder encoder, PairScoring scoring) {
    this.encoder = encoder;
    this.scoring = scoring;
  }

  /**
   * A text of a list and its score.
   *
   * @param index its place in the list
   */
  public record Ranked(int index, float score) {}

  /**
   * Loads a model with default options.
   *
   * @param nameOrPath a model's name, a name on the hub, or a checkpoint's folder
   * @throws CheckpointException if there is no such model, or it is not a cross-encoder
   */
  public static CrossEncoder load(String nameOrPath) {
    return load(ModelRepository.ofUser().resolve(nameOrPath), EncoderOptions.DEFAULT);
  }

  /**
   * Loads a checkpoint.
   *
   * @throws CheckpointException if it is not a cross-encoder, or of a kind that is not supported
   * @throws IllegalArgumentException if the options do not fit the model; int8 never does, since
   *     its ranges are those of single texts
   */
  public static CrossEncoder load(Checkpoint checkpoint, EncoderOptions options) {
    if (options.precision() == Precision.INT8) {
      throw new IllegalArgumentException("precision int8 is for sentence encoders");
    }
    // What was saved before version 5.4 does not say that it is one.
    Checkpoint pairs =
        checkpoint.scoring().isPresent()
            ? checkpoint
            : Checkpoint.openCrossEncoder(checkpoint.directory());
    return new CrossEncoder(SentenceEncoder.ofPairs(pairs, options), pairs.scoring().orElseThrow());
  }

  /** A name for each number that is made of a pair; one where that is a score. */
  public List<String> labels() {
    return scoring.labels();
  }

  /** The precision in use: never {@code AUTO}, but what that chose. */
  public Precision precision() {
    return encoder.precision();
  }

  /** The most tokens of a pair, special ones included; of a longer one the longer text is cut. */
  public int maxSequenceLength() {
    return encoder.maxSequenceLength();
  }

  /**
   * What the model makes of pairs, before any activation. The model's default prompt, if it has
   * one, is put before the first text of each.
   *
   * @return [pairs, labels], in the order given
   * @throws EncoderException if a device fails
   */
  public float[][] logits(List<TextPair> pairs) {
    return logits(pairs, EncodeOptions.DEFAULT);
  }

  /** As {@link #logits(List)}, in batches of the options' size, and with their progress. */
  public float[][] logits(List<TextPair> pairs, EncodeOptions options) {
    List<TokenizedText> tokenized = new ArrayList<>(pairs.size());
    for (int from = 0; from < pairs.size(); from += PAIRS_PER_TOKENIZATION) {
      int to = Math.min(from + PAIRS_PER_TOKENIZATION, pairs.size());
      tokenized.addAll(encoder.tokenizePairs(pairs.subList(from, to)));
    }
    EncodeOptions plain =
        EncodeOptions.DEFAULT
            .withBatchTokens(options.batchTokens())
            .withProgress(options.progress());
    return new ListEncoding(encoder, encoder::tokenize, plain).encodeTokenized(tokenized);
  }

  /**
   * What the model makes of pairs, behind the activation that it was saved with: Sigmoid for a
   * score and none for classes, unless it says otherwise.
   *
   * @return [pairs, labels], in the order given
   */
  public float[][] predict(List<TextPair> pairs) {
    return predict(pairs, EncodeOptions.DEFAULT);
  }

  /** As {@link #predict(List)}, in batches of the options' size, and with their progress. */
  public float[][] predict(List<TextPair> pairs, EncodeOptions options) {
    float[][] rows = logits(pairs, options);
    for (float[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        row[i] = activate(row[i]);
      }
    }
    return rows;
  }

  private float activate(float value) {
    return switch (scoring.activation()) {
      case IDENTITY -> value;
      case SIGMOID -> (float) (1 / (1 + Math.exp(-value)));
      case TANH -> (float) Math.tanh(value);
      case RELU -> Math.max(0, value);
      default -> throw new IllegalStateException(scoring.activation() + " was let through");
    };
  }

  /**
   * Scores texts by how well each goes with a query.
   *
   * @return all of them, the best first, equal ones in the order given
   * @throws IllegalStateException if the model gives classes instead of a score
   */
  public List<Ranked> rank(String query, List<String> texts) {
    if (labels().size() != 1) {
      throw new IllegalStateException(
          "%s gives %d numbers for a pair (%s), and no score to rank by"
              .formatted(encoder.modelName(), labels().size(), labels()));
    }
    float[][] logits = logits(texts.stream().map(text -> new TextPair(query, text)).toList());
    // By these, since a sigmoid makes all great ones equal.
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> logits[i][0]).reversed())
        .map(i -> new Ranked(i, activate(logits[i][0])))
        .toList();
  }

  /** Frees the weights. */
  @Override
  public void close() {
    encoder.close();
  }
}
