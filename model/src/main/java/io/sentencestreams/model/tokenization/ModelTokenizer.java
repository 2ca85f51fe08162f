package io.sentencestreams.model.tokenization;

import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.TokenizerFiles;
import java.nio.file.Files;
import java.util.List;

/**
 * Cuts texts into what a model has vectors for: pieces of words for a transformer, words for a
 * table of them.
 *
 * <p>Thread-safe; {@link #close} must not run while texts are tokenized.
 */
public interface ModelTokenizer extends AutoCloseable {
  /**
   * Opens the tokenizer of a model.
   *
   * @param maxLength the most tokens of a text, special tokens included
   * @throws CheckpointException if its files are damaged or not supported
   */
  static ModelTokenizer open(Checkpoint checkpoint, int maxLength) {
    SentenceModule first = checkpoint.modules().get(0);
    if (first instanceof SentenceModule.Transformer transformer) {
      if (TokenizerFiles.xlmClass(transformer.directory()).isPresent()) {
        return XlmTokenizer.open(checkpoint, maxLength, transformer.lowerCase());
      }
      return TextTokenizer.open(checkpoint, maxLength, transformer.lowerCase());
    }
    if (first instanceof SentenceModule.StaticEmbedding table) {
      return TextTokenizer.withoutSpecialTokens(
          checkpoint.tokenizerFile(), maxLength, table.vocabularySize());
    }
    // Word embeddings of a transformer's pieces have its tokenizer.
    if (first instanceof SentenceModule.WordEmbeddings
        && Files.isRegularFile(checkpoint.tokenizerFile())) {
      return TextTokenizer.cuttingSpecialTokens(checkpoint.tokenizerFile(), maxLength);
    }
    return WordTokenizer.open(first, maxLength);
  }

  /**
   * Tokenizes texts. A lone surrogate, which no UTF-8 can carry, becomes U+FFFD.
   *
   * @return one result for each text, in the order given
   * @throws NullPointerException if a text is null; the message has its index
   */
  List<TokenizedText> tokenize(List<String> texts);

  /**
   * Tokenizes pairs of texts as one text each, with special tokens between the two. Where a pair is
   * too long, the longer text is cut first.
   *
   * @param second as many as of the first
   * @throws UnsupportedOperationException if the model has no form for pairs
   */
  default List<TokenizedText> tokenizePairs(List<String> first, List<String> second) {
    throw new UnsupportedOperationException("this tokenizer has no form for pairs of texts");
  }

  /**
   * How many tokens of a text are a prompt's that it begins with, as the reference counts them: the
   * prompt's own, special ones included but for one at the end. Words have no prompts.
   */
  default int promptTokens(String prompt) {
    return 0;
  }

  @Override
  void close();
}
