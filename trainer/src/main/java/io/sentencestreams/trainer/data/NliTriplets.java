package io.sentencestreams.trainer.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Triplets of natural language inference: a premise, what it entails, what it contradicts. */
public final class NliTriplets {
  private NliTriplets() {}

  /**
   * Pairs each entailed hypothesis of a premise with a contradicted one of the same premise. A
   * premise that lacks either gives none.
   *
   * @param pairs premise and hypothesis with a class as label
   * @param entailment class of an entailed hypothesis
   * @param contradiction class of a contradicted one
   * @throws IllegalArgumentException if no premise has both
   */
  public static TrainingData of(TrainingData pairs, int entailment, int contradiction) {
    Map<String, List<String>> entailed = new LinkedHashMap<>();
    Map<String, List<String>> contradicted = new LinkedHashMap<>();
    for (TrainingExample pair : pairs.examples()) {
      int label = (int) pair.label()[0];
      if (label == entailment || label == contradiction) {
        (label == entailment ? entailed : contradicted)
            .computeIfAbsent(pair.texts().get(0), any -> new ArrayList<>())
            .add(pair.texts().get(1));
      }
    }
    List<TrainingExample> triplets = new ArrayList<>();
    entailed.forEach(
        (premise, positives) -> {
          List<String> negatives = contradicted.getOrDefault(premise, List.of());
          for (int i = 0; i < positives.size() && !negatives.isEmpty(); i++) {
            triplets.add(
                TrainingExample.of(premise, positives.get(i), negatives.get(i % negatives.size())));
          }
        });
    return new TrainingData(pairs.name(), triplets);
  }
}
