package io.sentencestreams.trainer;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.ForwardPass;
import io.sentencestreams.model.training.Gradients;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** The gradients of one batch, added to those that the parameters have. */
final class TrainingStep {
  private final TrainableEncoder encoder;
  private final Loss loss;
  private final float weight;
  private final Dropout dropout;

  /**
   * A step.
   *
   * @param weight what the loss counts
   * @param dropout its seed is this step's own
   */
  TrainingStep(TrainableEncoder encoder, Loss loss, double weight, Dropout dropout) {
    this.encoder = encoder;
    this.loss = loss;
    this.weight = (float) weight;
    this.dropout = dropout;
  }

  /** Computes the loss and its gradients; the loss is not weighted. */
  double run(List<TrainingExample> batch, float[][] labels) {
    if (loss.scoresPairs()) {
      return atOnce(encoder.tokenizePairs(column(batch, 0), column(batch, 1)), 1, labels);
    }
    int columns = batch.get(0).texts().size();
    // Column by column, so that each column's embeddings are rows that follow each other.
    List<String> texts = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      texts.addAll(column(batch, column));
    }
    List<TokenizedText> tokenized = encoder.tokenize(texts);
    boolean cached = loss.miniBatch() > 0 && loss.miniBatch() < texts.size();
    return cached
        ? withCachedGradients(tokenized, columns, labels)
        : atOnce(tokenized, columns, labels);
  }

  private static List<String> column(List<TrainingExample> batch, int column) {
    return batch.stream().map(example -> example.texts().get(column)).toList();
  }

  private double atOnce(List<TokenizedText> texts, int columns, float[][] labels) {
    try (NDManager memory = encoder.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector();
        ForwardPass pass = encoder.forward(memory, texts, dropout)) {
      NDArray value = loss.compute(split(pass.embeddings(), columns), labels, memory);
      double result = value.getFloat();
      if (Double.isFinite(result)) {
        Gradients.backward(collector, weight == 1 ? value : value.mul(weight));
        pass.backward();
      }
      return result;
    }
  }

  private static List<NDArray> split(NDArray embeddings, int columns) {
    if (columns == 1) {
      return List.of(embeddings);
    }
    long rows = embeddings.getShape().get(0) / columns;
    NDList parts = embeddings.split(LongStream.range(1, columns).map(i -> i * rows).toArray(), 0);
    return List.copyOf(parts);
  }

  private double withCachedGradients(List<TokenizedText> texts, int columns, float[][] labels) {
    int dimension = encoder.dimension();
    float[] flat = new float[texts.size() * dimension];
    int size = loss.miniBatch();
    for (int from = 0; from < texts.size(); from += size) {
      List<TokenizedText> part = part(texts, from, size);
      int row = from;
      for (float[] embedding : encoder.embed(part, seeded(from))) {
        System.arraycopy(embedding, 0, flat, row * dimension, dimension);
        row++;
      }
    }
    float[] gradients = new float[flat.length];
    double result = differentiate(flat, columns, labels, gradients);
    if (Double.isFinite(result)) {
      for (int from = 0; from < texts.size(); from += size) {
        passBack(part(texts, from, size), from, gradients);
      }
    }
    return result;
  }

  private static List<TokenizedText> part(List<TokenizedText> texts, int from, int size) {
    return texts.subList(from, Math.min(from + size, texts.size()));
  }

  /** A part leaves out the same both times, and another part something else. */
  private Dropout seeded(int from) {
    return new Dropout(dropout.hidden(), dropout.attention(), Seeds.mix(dropout.seed(), from));
  }

  private double differentiate(float[] flat, int columns, float[][] labels, float[] gradients) {
    try (NDManager memory = encoder.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      Shape shape = new Shape(flat.length / encoder.dimension(), encoder.dimension());
      NDArray embeddings = memory.create(flat, shape);
      embeddings.setRequiresGradient(true);
      NDArray value = loss.compute(split(embeddings, columns), labels, memory);
      double result = value.getFloat();
      if (Double.isFinite(result)) {
        Gradients.backward(collector, weight == 1 ? value : value.mul(weight));
        float[] found = embeddings.getGradient().toFloatArray();
        System.arraycopy(found, 0, gradients, 0, found.length);
      }
      return result;
    }
  }

  private void passBack(List<TokenizedText> part, int from, float[] gradients) {
    int dimension = encoder.dimension();
    float[] own = new float[part.size() * dimension];
    System.arraycopy(gradients, from * dimension, own, 0, own.length);
    try (NDManager memory = encoder.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector();
        ForwardPass pass = encoder.forward(memory, part, seeded(from))) {
      NDArray directions = memory.create(own, new Shape(part.size(), dimension));
      Gradients.backward(collector, pass.embeddings().mul(directions).sum());
      pass.backward();
    }
  }
}
