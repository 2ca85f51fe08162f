package io.sentencestreams.trainer.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Data whose labels are a teacher's embeddings (Reimers and Gurevych 2020): a student learns to
 * give a sentence, and its translations, the embedding that the teacher gives the sentence.
 */
public final class Distillation {
  private Distillation() {}

  /**
   * Labels each example with the embedding of its first text. All of them are in memory: a sentence
   * takes as many floats as the embedding is long.
   *
   * @param teacher gives one embedding for each text
   */
  public static TrainingData labelled(
      TrainingData data, Function<List<String>, float[][]> teacher) {
    List<TrainingExample> examples = data.examples();
    float[][] embeddings =
        teacher.apply(examples.stream().map(example -> example.texts().get(0)).toList());
    if (embeddings.length != examples.size()) {
      throw new IllegalStateException(
          "the teacher gave %d embeddings for %d sentences"
              .formatted(embeddings.length, examples.size()));
    }
    List<TrainingExample> labelled = new ArrayList<>();
    for (int i = 0; i < embeddings.length; i++) {
      labelled.add(new TrainingExample(examples.get(i).texts(), embeddings[i]));
    }
    return new TrainingData(data.name(), labelled);
  }
}
