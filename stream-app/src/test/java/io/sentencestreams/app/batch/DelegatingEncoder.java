package io.sentencestreams.app.batch;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.TokenizedText;
import java.util.List;

/** A {@link LetterEncoder} to build another test encoder on. */
public class DelegatingEncoder implements BatchEncoder {
  private final LetterEncoder letters = new LetterEncoder();

  /** What it is built on. */
  public LetterEncoder letters() {
    return letters;
  }

  @Override
  public String modelName() {
    return letters.modelName();
  }

  @Override
  public String modelVersion() {
    return letters.modelVersion();
  }

  @Override
  public int dimension() {
    return letters.dimension();
  }

  @Override
  public int maxSequenceLength() {
    return letters.maxSequenceLength();
  }

  @Override
  public int replicas() {
    return letters.replicas();
  }

  @Override
  public List<TokenizedText> tokenize(List<String> texts) {
    return letters.tokenize(texts);
  }

  @Override
  public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
    return letters.encodeBatch(batch, replica);
  }

  @Override
  public void close() {
    letters.close();
  }
}
