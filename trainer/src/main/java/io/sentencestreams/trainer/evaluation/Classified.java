package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Examples of one or two texts each, and a class as label. */
final class Classified {
  private static final SoftmaxLoss.Features PAIR = new SoftmaxLoss.Features(false, true, true);

  private Classified() {}

  /**
   * Checks examples and counts their classes.
   *
   * @param train not empty
   * @throws IllegalArgumentException if one has no such texts or label, or the training set lacks
   *     an example of a class
   */
  @SafeVarargs
  static int classes(List<TrainingExample> train, List<TrainingExample>... others) {
    int texts = train.get(0).texts().size();
    check(train, texts);
    BitSet present = new BitSet();
    Arrays.stream(labels(train)).forEach(present::set);
    int classes = present.length();
    for (List<TrainingExample> examples : others) {
      check(examples, texts);
      Arrays.stream(labels(examples)).forEach(present::set);
    }
    if (classes < 2 || present.length() != classes || present.cardinality() != classes) {
      throw new IllegalArgumentException(
          "the training set must have an example of each class from 0, and of two at least; "
              + "all examples together have the classes "
              + present);
    }
    return classes;
  }

  private static void check(List<TrainingExample> examples, int texts) {
    for (int i = 0; i < examples.size(); i++) {
      TrainingExample example = examples.get(i);
      float[] label = example.label();
      if (example.texts().size() != texts
          || texts > 2
          || label.length != 1
          || label[0] < 0
          || label[0] != (int) label[0]) {
        throw new IllegalArgumentException(
            "example %d needs one text or two, as all others, and a class as label: %s"
                .formatted(i + 1, example.texts()));
      }
    }
  }

  /**
   * The classes of pairs.
   *
   * @throws IllegalArgumentException if an example has not two texts and a class
   */
  static int[] pairLabels(List<TrainingExample> examples) {
    for (int i = 0; i < examples.size(); i++) {
      TrainingExample example = examples.get(i);
      float[] label = example.label();
      if (example.texts().size() != 2
          || label.length != 1
          || label[0] < 0
          || label[0] != (int) label[0]) {
        throw new IllegalArgumentException(
            "example %d needs two texts and a class as label: %s"
                .formatted(i + 1, example.texts()));
      }
    }
    return labels(examples);
  }

  static int[] labels(List<TrainingExample> examples) {
    return examples.stream().mapToInt(example -> (int) example.label()[0]).toArray();
  }

  /** The embedding of a sentence, or |u - v| and u * v of the embeddings of two. */
  static float[][] features(List<TrainingExample> examples, Embeddings embeddings) {
    float[][] rows = new float[examples.size()][];
    for (int i = 0; i < rows.length; i++) {
      float[][] texts = embeddings.of(examples.get(i).texts());
      rows[i] = texts.length == 1 ? texts[0] : PairFeatures.of(texts[0], texts[1], PAIR);
    }
    return rows;
  }
}
