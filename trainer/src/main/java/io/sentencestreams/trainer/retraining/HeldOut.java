package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.trainer.evaluation.Evaluator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * Two models beside each other on the held-out labels of a run. A gain on a few labels may be
 * chance, so the doubt of it is measured by the paired bootstrap (Efron and Tibshirani 1993): the
 * labels are drawn again and again with replacement, both models are measured on each draw, and the
 * doubt is the share of draws on which the candidate is no better.
 */
final class HeldOut {
  private static final int DRAWS = 200;

  /** Labels of a task in a draw; with fewer than there are the doubt is overstated, if at all. */
  private static final int MOST_DRAWN = 1000;

  private final List<RunPlan.Part> parts;

  HeldOut(List<RunPlan.Part> parts) {
    // A draw may tell models apart where all labels do not: those texts nobody has encoded.
    this.parts =
        parts.stream()
            .filter(part -> HeldOutEvaluators.of(part.task(), part.heldOut()).isPresent())
            .toList();
  }

  /** A model's embeddings of all texts that a measurement asked for, so that it can be repeated. */
  static final class Remembered implements Function<List<String>, float[][]> {
    private final Function<List<String>, float[][]> encoder;
    private final Map<String, float[]> embeddings = new HashMap<>();

    Remembered(Function<List<String>, float[][]> encoder) {
      this.encoder = encoder;
    }

    @Override
    public float[][] apply(List<String> texts) {
      Set<String> unknown = new LinkedHashSet<>(texts);
      unknown.removeAll(embeddings.keySet());
      if (!unknown.isEmpty()) {
        List<String> asked = List.copyOf(unknown);
        float[][] encoded = encoder.apply(asked);
        for (int i = 0; i < encoded.length; i++) {
          embeddings.put(asked.get(i), encoded[i]);
        }
      }
      return texts.stream().map(text -> embeddings.get(text).clone()).toArray(float[][]::new);
    }
  }

  /** The score of a model on each task of which there is enough to tell models apart. */
  Map<String, Double> measure(Function<List<String>, float[][]> model) {
    return measure(parts.stream().map(RunPlan.Part::heldOut).toList(), model);
  }

  private Map<String, Double> measure(
      List<List<Label>> labels, Function<List<String>, float[][]> model) {
    Map<String, Double> scores = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      LabelTask task = parts.get(i).task();
      Optional<Evaluator> evaluator = HeldOutEvaluators.of(task, labels.get(i));
      evaluator.ifPresent(e -> scores.put(task.name(), e.evaluate(model).score()));
    }
    return scores;
  }

  /**
   * The share of draws on which the candidate is no better in the mean over the tasks, from 0 to 1.
   *
   * @param before the current model, which has been measured
   * @param after the candidate, which has been measured
   */
  double doubt(Remembered before, Remembered after, long seed) {
    Random random = new Random(seed);
    int noBetter = 1; // the labels themselves are one more draw (Davison and Hinkley 1997)
    for (int draw = 0; draw < DRAWS; draw++) {
      List<List<Label>> drawn = parts.stream().map(part -> draw(part.heldOut(), random)).toList();
      Map<String, Double> old = measure(drawn, before);
      double gain = 0;
      for (Map.Entry<String, Double> score : measure(drawn, after).entrySet()) {
        gain += score.getValue() - old.get(score.getKey());
      }
      noBetter += gain > 0 ? 0 : 1;
    }
    return noBetter / (DRAWS + 1.0);
  }

  private static List<Label> draw(List<Label> held, Random random) {
    List<Label> drawn = new ArrayList<>();
    for (int i = Math.min(held.size(), MOST_DRAWN); i > 0; i--) {
      drawn.add(held.get(random.nextInt(held.size())));
    }
    return drawn;
  }
}
