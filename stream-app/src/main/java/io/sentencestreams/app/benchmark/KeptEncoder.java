package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.TokenizedText;
import java.util.List;

/** An encoder that is lent to one application after the other and outlives them. */
record KeptEncoder(BatchEncoder encoder) implements BatchEncoder {
  @Override
  public String modelName() {
    return encoder.modelName();
  }

  @Override
  public String modelVersion() {
    return encoder.modelVersion();
  }

  @Override
  public int dimension() {
    return encoder.dimension();
  }

  @Override
  public int maxSequenceLength() {
    return encoder.maxSequenceLength();
  }

  @Override
  public boolean wantsLikeLengths() {
    return encoder.wantsLikeLengths();
  }

  @Override
  public int replicas() {
    return encoder.replicas();
  }

  @Override
  public List<TokenizedText> tokenize(List<String> texts) {
    return encoder.tokenize(texts);
  }

  @Override
  public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
    return encoder.encodeBatch(batch, replica);
  }

  @Override
  public void close() {
    // Its owner closes it.
  }
}
