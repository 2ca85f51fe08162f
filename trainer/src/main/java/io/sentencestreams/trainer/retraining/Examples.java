package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Makes examples that a loss takes of labels. */
final class Examples {
  /** Fewer make no batch that a loss learns from. */
  private static final int LEAST = 2;

  private Examples() {}

  /**
   * The data sets of a task: one, or for positives one of pairs and one of triplets. A set of fewer
   * than two examples is left out.
   */
  static List<TrainingData> of(LabelTask task, List<Label> labels) {
    List<TrainingExample> examples = new ArrayList<>();
    List<TrainingExample> triplets = new ArrayList<>();
    List<String> classes = classes(labels);
    for (Label label : labels) {
      if (label instanceof Label.ScoredPair pair) {
        double score = pair.score() / task.rules().maxScore();
        examples.add(TrainingExample.labelled(score, pair.text1(), pair.text2()));
      } else if (label instanceof Label.NliPair pair) {
        examples.add(
            TrainingExample.labelled(pair.label().number(), pair.premise(), pair.hypothesis()));
      } else if (label instanceof Label.LabelledSentence sentence) {
        examples.add(TrainingExample.labelled(classes.indexOf(sentence.label()), sentence.text()));
      } else if (label instanceof Label.PositiveExample positive) {
        (positive.negative() == null ? examples : triplets)
            .add(new TrainingExample(positive.texts(), new float[0]));
      }
    }
    List<TrainingData> sets = new ArrayList<>();
    if (examples.size() >= LEAST) {
      sets.add(new TrainingData(task.name(), examples));
    }
    if (triplets.size() >= LEAST) {
      sets.add(new TrainingData(task.name() + "-triplets", triplets));
    }
    return sets;
  }

  /** Names of classes, each once, in an order of their own. */
  private static List<String> classes(List<Label> labels) {
    TreeSet<String> classes = new TreeSet<>();
    for (Label label : labels) {
      if (label instanceof Label.LabelledSentence sentence) {
        classes.add(sentence.label());
      }
    }
    return List.copyOf(classes);
  }
}
