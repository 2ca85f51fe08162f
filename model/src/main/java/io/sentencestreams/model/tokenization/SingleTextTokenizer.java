package io.sentencestreams.model.tokenization;

import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.List;

/** A tokenizer that holds nothing but memory and gains nothing from several texts at once. */
abstract class SingleTextTokenizer implements ModelTokenizer {
  @Override
  public final List<TokenizedText> tokenize(List<String> texts) {
    List<TokenizedText> results = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i) == null) {
        throw new NullPointerException("text %d is null".formatted(i));
      }
      results.add(tokenize(texts.get(i)));
    }
    return results;
  }

  /** Tokenizes a text that is not null. */
  abstract TokenizedText tokenize(String text);

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
