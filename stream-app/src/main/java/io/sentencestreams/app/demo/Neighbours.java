package io.sentencestreams.app.demo;

import java.util.ArrayList;
import java.util.List;

/** The texts seen so far, with their embeddings, searched exactly. */
final class Neighbours {
  private final List<String> texts = new ArrayList<>();
  private final List<float[]> vectors = new ArrayList<>();

  /** A text and its cosine similarity to the one asked for. */
  record Neighbour(String text, double similarity) {}

  /** Adds a text; returns its number. */
  int add(String text, float[] vector) {
    texts.add(text);
    vectors.add(normalized(vector));
    return texts.size() - 1;
  }

  int size() {
    return texts.size();
  }

  String text(int number) {
    return texts.get(number);
  }

  /** The {@code k} texts nearest to one that was added, itself left out, best first. */
  List<Neighbour> nearest(int number, int k) {
    float[] query = vectors.get(number);
    List<Neighbour> best = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      if (i == number) {
        continue;
      }
      double similarity = dot(query, vectors.get(i));
      int place = best.size();
      while (place > 0 && best.get(place - 1).similarity() < similarity) {
        place--;
      }
      if (place < k) {
        best.add(place, new Neighbour(texts.get(i), similarity));
        if (best.size() > k) {
          best.remove(k);
        }
      }
    }
    return best;
  }

  private static float[] normalized(float[] vector) {
    float norm = (float) Math.sqrt(dot(vector, vector));
    float[] unit = vector.clone();
    for (int i = 0; i < unit.length; i++) {
      unit[i] /= norm;
    }
    return unit;
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
