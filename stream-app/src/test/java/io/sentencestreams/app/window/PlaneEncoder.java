package io.sentencestreams.app.window;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.TokenizedText;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An encoder for tests whose embeddings are known: a text {@code seed} or {@code seed~angle~other}
 * is a random unit vector, or that one turned by an angle in degrees towards another. A token is a
 * text, and is the same to all of them, so that one can take over from another.
 */
public class PlaneEncoder implements BatchEncoder {
  /** Of the embeddings. */
  public static final int DIMENSION = 48;

  private static final Map<Integer, String> TEXTS = new ConcurrentHashMap<>();
  private static final AtomicInteger NEXT = new AtomicInteger();

  private final String version;

  /** Of a version of its own; the embeddings are the same in all. */
  public PlaneEncoder(String version) {
    this.version = version;
  }

  /** What a text is encoded to. */
  public static float[] embedding(String text) {
    String[] parts = text.split("~", 3);
    double[] base = random(parts[0]);
    if (parts.length == 1) {
      return floats(base);
    }
    double angle = Math.toRadians(Double.parseDouble(parts[1]));
    double[] other = random(parts[2]);
    double along = 0;
    for (int i = 0; i < DIMENSION; i++) {
      along += base[i] * other[i];
    }
    double length = 0;
    for (int i = 0; i < DIMENSION; i++) {
      other[i] -= along * base[i];
      length += other[i] * other[i];
    }
    double[] turned = new double[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      turned[i] = Math.cos(angle) * base[i] + Math.sin(angle) * other[i] / Math.sqrt(length);
    }
    return floats(turned);
  }

  /** Of two unit vectors. */
  public static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static double[] random(String seed) {
    SplittableRandom random = new SplittableRandom(seed.hashCode() * 7919L);
    double[] vector = new double[DIMENSION];
    double length = 0;
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextGaussian();
      length += vector[i] * vector[i];
    }
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] /= Math.sqrt(length);
    }
    return vector;
  }

  private static float[] floats(double[] vector) {
    float[] floats = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      floats[i] = (float) vector[i];
    }
    return floats;
  }

  @Override
  public String modelName() {
    return "plane";
  }

  @Override
  public String modelVersion() {
    return version;
  }

  @Override
  public int dimension() {
    return DIMENSION;
  }

  @Override
  public int maxSequenceLength() {
    return 16;
  }

  @Override
  public int replicas() {
    return 1;
  }

  @Override
  public List<TokenizedText> tokenize(List<String> batch) {
    return batch.stream()
        .map(
            text -> {
              int number = NEXT.getAndIncrement();
              TEXTS.put(number, text);
              return new TokenizedText(new int[] {number}, false);
            })
        .toList();
  }

  @Override
  public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
    return batch.stream().map(token -> embedding(text(token))).toArray(float[][]::new);
  }

  /** What was tokenized. */
  protected static String text(TokenizedText token) {
    return TEXTS.get(token.ids()[0]);
  }

  @Override
  public void close() {
    // it has nothing to free
  }
}
