package io.sentencestreams.trainer.loss;

/** How far apart two embeddings are. */
public enum Distance {
  /** The length of the difference. */
  EUCLIDEAN(0),
  /** The sum of the absolute differences. */
  MANHATTAN(1),
  /** 1 less the cosine similarity. */
  COSINE(2);

  private final int code;

  Distance(int code) {
    this.code = code;
  }

  /** The script's code. */
  int code() {
    return code;
  }
}
