package io.sentencestreams.trainer.evaluation;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures how far a student's embeddings are from a teacher's: {@code negative_mse} is the mean
 * squared error over all values, times -100. For distillation into other languages (Reimers and
 * Gurevych 2020) the teacher reads the sources and the student their translations.
 */
public final class MseEvaluator implements Evaluator {
  private final List<String> targets;
  private final float[][] teacher;

  /**
   * An evaluator that encodes the sources with the teacher once, now.
   *
   * @param sources for the teacher, at least one
   * @param targets for the student, one for each source; the sources themselves if it shall learn
   *     the same language
   * @param teacher gives one embedding per text
   */
  public MseEvaluator(
      List<String> sources, List<String> targets, Function<List<String>, float[][]> teacher) {
    Metrics.sameSize("sources and targets", sources, targets);
    this.targets = List.copyOf(targets);
    this.teacher = new Embeddings(teacher, sources).of(sources);
  }

  /**
   * Measures a student.
   *
   * @throws IllegalStateException if its embeddings have another length than the teacher's
   */
  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    float[][] student = new Embeddings(encoder, targets).of(targets);
    double sum = 0;
    long values = 0;
    for (int i = 0; i < student.length; i++) {
      if (student[i].length != teacher[i].length) {
        throw new IllegalStateException(
            "the student's embeddings have %d dimensions, the teacher's %d"
                .formatted(student[i].length, teacher[i].length));
      }
      for (int d = 0; d < student[i].length; d++) {
        double error = (double) student[i][d] - teacher[i][d];
        sum += error * error;
      }
      values += student[i].length;
    }
    return Evaluation.of("negative_mse", Map.of("negative_mse", -100 * sum / values));
  }
}
