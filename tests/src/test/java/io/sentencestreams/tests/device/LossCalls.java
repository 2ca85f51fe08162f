package io.sentencestreams.tests.device;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Every loss with each of its settings that changes what is computed, on random embeddings. */
final class LossCalls {
  private static final int ROWS = 6;
  private static final int DIMENSION = 8;
  private static final float[] CLASSES = {0, 1, 2, 0, 1, 2};
  private static final float[] PAIRS = {0, 1, 1, 0, 1, 0};
  private static final float[] NEAR = {1, 1, 1, 1, 1, 1};
  private static final float[] FAR = {0, 0, 0, 0, 0, 0};
  private static final float[] SCORES = {0.1f, 0.9f, 0.5f, 0.3f, 0.7f, 0.2f};

  private LossCalls() {}

  static void callAll() {
    try (NDManager memory = NDManager.newBaseManager(Device.gpu(0))) {
      call(new CosineSimilarityLoss(), 2, SCORES, memory);
      call(new CoSentLoss(), 2, SCORES, memory);
      call(new MultipleNegativesRankingLoss(), 2, FAR, memory);
      call(new MultipleNegativesRankingLoss(), 3, FAR, memory);
      call(new MultipleNegativesRankingLoss(Similarity.DOT, 1, 0), 2, FAR, memory);
      call(new MatryoshkaLoss(new CoSentLoss(), Map.of(DIMENSION, 1.0, 3, 1.0)), 2, SCORES, memory);
      for (Distance distance : Distance.values()) {
        call(new TripletLoss(distance, 0.5), 3, FAR, memory);
        call(new ContrastiveLoss(distance, 0.5, true), 2, PAIRS, memory);
        call(new ContrastiveLoss(distance, 0.5, false), 2, PAIRS, memory);
        for (float[] labels : List.of(PAIRS, NEAR, FAR)) {
          call(new OnlineContrastiveLoss(distance, 0.5), 2, labels, memory);
        }
        for (Mining mining : Mining.values()) {
          call(new BatchTripletLoss(mining, distance, 0.3), 1, CLASSES, memory);
        }
      }
      for (SoftmaxLoss.Features features :
          List.of(
              new SoftmaxLoss.Features(true, true, true),
              new SoftmaxLoss.Features(true, false, false),
              new SoftmaxLoss.Features(false, true, false))) {
        try (Loss loss = new SoftmaxLoss(memory, DIMENSION, 3, features, 1)) {
          call(loss, 2, CLASSES, memory);
        }
      }
      CallRecorder.label("mse", 0);
      compute(new MseLoss(), 2, DIMENSION, vectors(new Random(3), DIMENSION), memory);
      CallRecorder.label("scores", 0);
      compute(new BinaryCrossEntropyLoss(), 1, 1, column(SCORES), memory);
      CallRecorder.label("classes", 0);
      compute(new CrossEntropyLoss(3), 1, 3, column(CLASSES), memory);
    }
  }

  private static void call(Loss loss, int columns, float[] labels, NDManager memory) {
    CallRecorder.label(
        "%s of %d, labels %s".formatted(loss.name(), columns, Arrays.toString(labels)), 0);
    compute(loss, columns, DIMENSION, column(labels), memory);
  }

  private static float[][] column(float[] labels) {
    float[][] rows = new float[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      rows[i] = new float[] {labels[i]};
    }
    return rows;
  }

  private static float[][] vectors(Random random, int dimension) {
    float[][] rows = new float[ROWS][dimension];
    for (float[] row : rows) {
      for (int d = 0; d < dimension; d++) {
        row[d] = random.nextFloat() - 0.5f;
      }
    }
    return rows;
  }

  private static void compute(
      Loss loss, int columns, int dimension, float[][] labels, NDManager memory) {
    Random random = new Random(5);
    List<NDArray> embeddings = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      NDArray column =
          memory.create(vectors(random, dimension)).reshape(new Shape(ROWS, dimension));
      column.setRequiresGradient(true);
      embeddings.add(column);
    }
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(loss.compute(embeddings, labels, memory));
    }
  }
}
