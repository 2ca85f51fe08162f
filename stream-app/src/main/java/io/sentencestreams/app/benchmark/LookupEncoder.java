package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An encoder that only looks vectors up, by a hash of the text: what a pipeline does with it is the
 * pipeline's own work. Vectors have the dimension and the look of the default model's.
 */
public final class LookupEncoder implements BatchEncoder {
  /** Length of an embedding, that of the default model. */
  public static final int DIMENSION = 384;

  private static final int VECTORS = 1024;
  private static final int CHARS_PER_TOKEN = 4;
  private static final int MOST_TOKENS = 256;

  private final float[][] vectors;

  /** Makes a table; the same each time. */
  public LookupEncoder() {
    this(random());
  }

  /** With a table of vectors of one dimension. */
  public LookupEncoder(float[][] vectors) {
    this.vectors = vectors.clone();
  }

  private static float[][] random() {
    float[][] vectors = new float[VECTORS][DIMENSION];
    SplittableRandom random = new SplittableRandom(1);
    double scale = 1 / Math.sqrt(DIMENSION);
    for (float[] vector : vectors) {
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] = (float) (random.nextGaussian() * scale);
      }
    }
    return vectors;
  }

  @Override
  public String modelName() {
    return "look-up";
  }

  @Override
  public String modelVersion() {
    return "look-up-1";
  }

  @Override
  public int dimension() {
    return vectors[0].length;
  }

  @Override
  public int maxSequenceLength() {
    return MOST_TOKENS;
  }

  @Override
  public int replicas() {
    return 1;
  }

  /** As many tokens as words would give; the first of them is the hash. */
  @Override
  public List<TokenizedText> tokenize(List<String> texts) {
    List<TokenizedText> tokenized = new ArrayList<>(texts.size());
    for (String text : texts) {
      int length = 1 + text.length() / CHARS_PER_TOKEN;
      int[] ids = new int[Math.min(MOST_TOKENS, length)];
      ids[0] = text.hashCode();
      tokenized.add(new TokenizedText(ids, length > MOST_TOKENS));
    }
    return tokenized;
  }

  @Override
  public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
    float[][] rows = new float[batch.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = vectors[Math.floorMod(batch.get(i).ids()[0], vectors.length)];
    }
    return rows;
  }

  @Override
  public void close() {
    // Nothing of it is native.
  }
}
