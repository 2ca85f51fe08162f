package io.sentencestreams.model.internal;

import io.sentencestreams.model.TextPair;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.tokenization.ModelTokenizer;
import java.util.List;

/** Cuts pairs of texts into what a cross-encoder reads. */
public final class PairTokens {
  private PairTokens() {}

  /** Pairs as a model serves them: its default prompt, if it has one, is before the first text. */
  public static List<TokenizedText> served(
      ModelTokenizer tokenizer, Checkpoint checkpoint, List<TextPair> pairs) {
    String prompt = checkpoint.defaults().defaultPrompt();
    return of(
        tokenizer,
        checkpoint,
        pairs.stream().map(pair -> prompt + pair.first()).toList(),
        pairs.stream().map(TextPair::second).toList());
  }

  /**
   * Pairs as they are.
   *
   * @throws IllegalArgumentException if there are not as many second texts as first ones
   */
  public static List<TokenizedText> of(
      ModelTokenizer tokenizer, Checkpoint checkpoint, List<String> first, List<String> second) {
    if (first.size() != second.size()) {
      throw new IllegalArgumentException(
          "%d first texts and %d second texts are no pairs".formatted(first.size(), second.size()));
    }
    List<TokenizedText> pairs = tokenizer.tokenizePairs(first, second);
    return checkpoint.scoring().orElseThrow().tokenTypes()
        ? pairs
        : pairs.stream().map(pair -> new TokenizedText(pair.ids(), pair.truncated())).toList();
  }
}
