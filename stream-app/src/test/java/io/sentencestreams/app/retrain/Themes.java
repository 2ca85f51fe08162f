package io.sentencestreams.app.retrain;

import io.sentencestreams.schemas.labels.Label;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** A task that a tiny model can learn: texts are alike if their words are of one theme. */
public final class Themes {
  private static final List<List<String>> WORDS =
      List.of(
          List.of("cat", "dog", "mat", "sits"),
          List.of("kafka", "stream", "topic", "text"),
          List.of("red", "blue", "slow", "fast"));

  private Themes() {}

  /** Labels of different pairs. */
  public static List<Label> labels(int count, long seed) {
    return labels(count, seed, 1);
  }

  /** The opposite of what is right. */
  public static List<Label> wrongLabels(int count, long seed) {
    return labels(count, seed, 0);
  }

  private static List<Label> labels(int count, long seed, double alike) {
    Random random = new Random(seed);
    Map<Set<String>, Label> labels = new LinkedHashMap<>();
    while (labels.size() < count) {
      int one = random.nextInt(WORDS.size());
      int other = random.nextBoolean() ? one : random.nextInt(WORDS.size());
      String first = text(one, random);
      String second = text(other, random);
      if (!first.equals(second)) {
        labels.put(
            new TreeSet<>(List.of(first, second)),
            new Label.ScoredPair(first, second, one == other ? alike : 1 - alike));
      }
    }
    return List.copyOf(labels.values());
  }

  /** Premises that entail what is of their theme and contradict what is not. */
  public static List<Label.NliPair> inferences(int count, long seed) {
    Random random = new Random(seed);
    List<Label.NliPair> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int one = random.nextInt(WORDS.size());
      int other = random.nextBoolean() ? one : random.nextInt(WORDS.size());
      Label.Inference same =
          one == other ? Label.Inference.ENTAILMENT : Label.Inference.CONTRADICTION;
      pairs.add(
          new Label.NliPair(
              text(one, random),
              text(other, random),
              random.nextInt(10) == 0 ? Label.Inference.NEUTRAL : same));
    }
    return pairs;
  }

  /** Pairs of a theme, every other with a text of another. */
  public static List<Label.PositiveExample> positives(int count, long seed) {
    Random random = new Random(seed);
    List<Label.PositiveExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int theme = random.nextInt(WORDS.size());
      int other = (theme + 1 + random.nextInt(WORDS.size() - 1)) % WORDS.size();
      examples.add(
          new Label.PositiveExample(
              text(theme, random), text(theme, random), i % 2 == 0 ? null : text(other, random)));
    }
    return examples;
  }

  /** Texts with the names of their themes. */
  public static List<Label.LabelledSentence> sentences(int count, long seed) {
    Random random = new Random(seed);
    List<Label.LabelledSentence> sentences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int theme = random.nextInt(WORDS.size());
      sentences.add(new Label.LabelledSentence(text(theme, random), "theme " + theme));
    }
    return sentences;
  }

  private static String text(int theme, Random random) {
    StringBuilder text = new StringBuilder("the");
    for (int i = 0; i < 4; i++) {
      text.append(' ').append(WORDS.get(theme).get(random.nextInt(WORDS.get(theme).size())));
    }
    return text.toString();
  }

  /** Lines of a file of pairs with scores. */
  public static String file(int count, long seed) {
    StringBuilder lines = new StringBuilder("sentence1\tsentence2\tscore\n");
    for (Label label : labels(count, seed)) {
      Label.ScoredPair pair = (Label.ScoredPair) label;
      lines.append(pair.text1()).append('\t').append(pair.text2()).append('\t');
      lines.append(pair.score()).append('\n');
    }
    return lines.toString();
  }
}
