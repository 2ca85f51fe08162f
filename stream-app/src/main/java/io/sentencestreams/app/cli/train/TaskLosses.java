package io.sentencestreams.app.cli.train;

import ai.djl.ndarray.NDManager;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.loss.BatchTripletLoss;
import io.sentencestreams.trainer.loss.BatchTripletLoss.Mining;
import io.sentencestreams.trainer.loss.BinaryCrossEntropyLoss;
import io.sentencestreams.trainer.loss.CoSentLoss;
import io.sentencestreams.trainer.loss.ContrastiveLoss;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import io.sentencestreams.trainer.loss.CrossEntropyLoss;
import io.sentencestreams.trainer.loss.Distance;
import io.sentencestreams.trainer.loss.Loss;
import io.sentencestreams.trainer.loss.MatryoshkaLoss;
import io.sentencestreams.trainer.loss.MseLoss;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss.Similarity;
import io.sentencestreams.trainer.loss.OnlineContrastiveLoss;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import io.sentencestreams.trainer.loss.TripletLoss;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;

/** The losses that a configuration can name. */
final class TaskLosses {
  static final List<String> NAMES =
      List.of(
          "cosine-similarity",
          "cosent",
          "softmax",
          "multiple-negatives-ranking",
          "triplet",
          "contrastive",
          "online-contrastive",
          "batch-hard",
          "batch-hard-soft-margin",
          "batch-semi-hard",
          "batch-all",
          "mse",
          "binary-cross-entropy",
          "cross-entropy");

  /** Those of cross-encoders. */
  static final List<String> OF_PAIRS = List.of("binary-cross-entropy", "cross-entropy");

  /** What the classifier of loss softmax sees. */
  static final SoftmaxLoss.Features FEATURES = SoftmaxLoss.Features.DEFAULT;

  private static final double BATCH_MARGIN = 5;
  private static final double CONTRASTIVE_MARGIN = 0.5;

  private TaskLosses() {}

  /**
   * Makes a task's loss; the caller closes it.
   *
   * @param memory on the encoder's device
   * @param dimension of the embeddings, or how many labels a cross-encoder has
   */
  static Loss of(TaskConfig task, TrainingData data, NDManager memory, int dimension, long seed) {
    Loss loss = plain(task, data, memory, dimension, seed);
    List<Integer> lengths = task.matryoshka();
    if (lengths.isEmpty()) {
      return loss;
    }
    Map<Integer, Double> weights = new TreeMap<>();
    for (int length : lengths) {
      if (length < 1 || length > dimension) {
        loss.close();
        throw new ConfigException(
            "task.%s.matryoshka: %d is not from 1 to the embeddings' %d"
                .formatted(task.name(), length, dimension));
      }
      weights.put(length, 1.0);
    }
    return new MatryoshkaLoss(loss, weights);
  }

  private static Loss plain(
      TaskConfig task, TrainingData data, NDManager memory, int dimension, long seed) {
    return switch (task.loss()) {
      case "cosine-similarity" -> new CosineSimilarityLoss();
      case "cosent" -> new CoSentLoss(task.getDouble("loss.scale"));
      case "softmax" -> new SoftmaxLoss(memory, dimension, classes(task, data), FEATURES, seed);
      case "multiple-negatives-ranking" ->
          new MultipleNegativesRankingLoss(
              Similarity.valueOf(task.getString("loss.similarity").toUpperCase(Locale.ROOT)),
              task.getDouble("loss.scale"),
              task.getInt("loss.mini.batch"));
      case "mse" -> new MseLoss();
      case "binary-cross-entropy" -> new BinaryCrossEntropyLoss();
      case "cross-entropy" -> new CrossEntropyLoss(dimension);
      case "triplet" ->
          new TripletLoss(distance(task, Distance.EUCLIDEAN), margin(task, BATCH_MARGIN));
      case "contrastive" ->
          new ContrastiveLoss(
              distance(task, Distance.COSINE), margin(task, CONTRASTIVE_MARGIN), true);
      case "online-contrastive" ->
          new OnlineContrastiveLoss(
              distance(task, Distance.COSINE), margin(task, CONTRASTIVE_MARGIN));
      default ->
          new BatchTripletLoss(
              Mining.valueOf(
                  task.loss()
                      .substring("batch-".length())
                      .replace('-', '_')
                      .toUpperCase(Locale.ROOT)),
              distance(task, Distance.EUCLIDEAN),
              margin(task, BATCH_MARGIN));
    };
  }

  private static int classes(TaskConfig task, TrainingData data) {
    int named = task.source().classes().size();
    if (named > 0) {
      return named;
    }
    double greatest =
        data.examples().stream()
            .mapToDouble(example -> example.label().length == 0 ? 0 : example.label()[0])
            .max()
            .orElse(0);
    return Math.max(2, (int) greatest + 1);
  }

  private static Distance distance(TaskConfig task, Distance fallback) {
    String name = task.getString("loss.distance");
    return name.isEmpty() ? fallback : Distance.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static double margin(TaskConfig task, double fallback) {
    double margin = task.getDouble("loss.margin");
    return margin < 0 ? fallback : margin;
  }
}
