package io.sentencestreams.tests.device;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.CrossEncoder;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.TextPair;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.ForwardPass;
import io.sentencestreams.model.training.Gradients;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.optimization.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Encodes and trains with every small model of the golden files, under the {@link DeviceAgent}, so
 * that every script method that a GPU would run is called. Fails if an embedding in half precision
 * is not near that in fp32.
 */
final class DeviceCalls {
  private static final String DEVICE = "cuda:0";
  private static final int MOST_TEXTS = 16;

  /** What makes groups of several lengths out of short texts, and what makes one of all. */
  private static final List<Long> CALL_COSTS = List.of(20L, Long.MAX_VALUE);

  private DeviceCalls() {}

  /** Takes the folder of the golden files, and an empty one for changed models. */
  public static void main(String[] arguments) throws IOException {
    Path golden = Path.of(arguments[0]);
    List<Path> models = new ArrayList<>(models(golden));
    models.addAll(new ChangedModels(golden.resolve("modules"), Path.of(arguments[1])).all());
    for (Path model : models) {
      encode(model);
      train(model);
    }
    for (Path model : children(golden.resolve("cross"))) {
      scorePairs(model);
    }
    LossCalls.callAll();
  }

  private static List<Path> models(Path golden) throws IOException {
    List<Path> models = new ArrayList<>();
    for (Path parent : List.of(golden, golden.resolve("modules"))) {
      models.addAll(children(parent));
    }
    return models;
  }

  private static List<Path> children(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children
          .filter(child -> Files.exists(child.resolve("modules.json")))
          .sorted()
          .toList();
    }
  }

  /** A cross-encoder on pairs, and a step of its training. */
  private static void scorePairs(Path model) throws IOException {
    List<TextPair> pairs = new ArrayList<>();
    new ObjectMapper()
        .readTree(model.resolve("expected.json").toFile())
        .path("pairs")
        .forEach(pair -> pairs.add(new TextPair(pair.path(0).asText(), pair.path(1).asText())));
    Checkpoint checkpoint = Checkpoint.open(model);
    for (Precision precision : List.of(Precision.FP32, Precision.FP16, Precision.BF16)) {
      CallRecorder.label("cross-encoder " + model.getFileName() + " " + precision, 20);
      EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(precision).withDevices(DEVICE);
      try (CrossEncoder encoder = CrossEncoder.load(checkpoint, options)) {
        encoder.logits(pairs);
      }
    }
    CallRecorder.label("cross-encoder " + model.getFileName() + " trained", 20);
    TrainableOptions options = TrainableOptions.DEFAULT.withDevice(DEVICE).withThreads(1);
    try (TrainableEncoder encoder = TrainableEncoder.load(checkpoint, options)) {
      List<TokenizedText> tokenized =
          encoder.tokenizePairs(
              pairs.stream().map(TextPair::first).toList(),
              pairs.stream().map(TextPair::second).toList());
      step(encoder, tokenized, new Dropout(0.1, 0.1, 7));
    }
  }

  private static List<String> texts(Path model) throws IOException {
    List<String> texts = new ArrayList<>();
    new ObjectMapper()
        .readTree(model.resolve("expected.json").toFile())
        .path("texts")
        .forEach(text -> texts.add(text.asText()));
    return texts.subList(0, Math.min(texts.size(), MOST_TEXTS));
  }

  private static void encode(Path model) throws IOException {
    List<String> texts = texts(model);
    float[][] expected = null;
    for (Precision precision : List.of(Precision.FP32, Precision.FP16, Precision.BF16)) {
      EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(precision).withDevices(DEVICE);
      for (long cost : CALL_COSTS) {
        CallRecorder.label(model.getFileName() + " " + precision + " " + cost, cost);
        try (SentenceEncoder encoder = SentenceEncoder.load(model, options)) {
          float[][] embeddings = encoder.encode(texts);
          encoder.encode(List.of(texts.get(0), texts.get(0)));
          if (expected == null) {
            expected = embeddings;
          }
          requireNear(embeddings, expected, model + " in " + precision);
        }
      }
    }
  }

  private static void requireNear(float[][] embeddings, float[][] expected, String where) {
    for (int i = 0; i < expected.length; i++) {
      double similarity = SimilarityFunction.COSINE.similarity(embeddings[i], expected[i]);
      boolean isZero = SimilarityFunction.DOT.similarity(expected[i], expected[i]) == 0;
      if (!isZero && !(similarity > 0.99)) {
        throw new IllegalStateException(
            "%s, text %d: cosine %s to fp32".formatted(where, i, similarity));
      }
    }
  }

  private static void train(Path model) throws IOException {
    List<String> texts = texts(model);
    for (boolean bf16 : new boolean[] {false, true}) {
      TrainableOptions options =
          TrainableOptions.DEFAULT.withDevice(DEVICE).withBf16(bf16).withThreads(1);
      String label = model.getFileName() + " trained in " + (bf16 ? "bf16" : "fp32");
      long cost = CALL_COSTS.get(bf16 ? 1 : 0);
      CallRecorder.label(label, cost); // a layout keeps what calls cost when it is loaded
      try (TrainableEncoder encoder = TrainableEncoder.load(Checkpoint.open(model), options)) {
        if (encoder.parameters().isEmpty()) {
          return;
        }
        List<TokenizedText> tokenized = encoder.tokenize(texts);
        step(encoder, tokenized, new Dropout(0.1, 0.1, 7));
        CallRecorder.label(label + " without dropout", cost);
        step(encoder, tokenized, Dropout.NONE);
        CallRecorder.label(label + " and encoding", cost);
        encoder.encode(texts);
        CallRecorder.label(label + " but for the embeddings", cost);
        freezeEmbeddings(encoder);
        step(encoder, tokenized, new Dropout(0.1, 0, 7));
      }
    }
  }

  private static void freezeEmbeddings(TrainableEncoder encoder) {
    encoder
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (name.contains("embeddings.")) {
                parameter.setRequiresGradient(false);
              }
            });
  }

  private static void step(TrainableEncoder encoder, List<TokenizedText> texts, Dropout dropout) {
    if (encoder.parameters().values().stream().noneMatch(NDArray::hasGradient)) {
      return;
    }
    try (NDManager memory = encoder.newManager();
        AdamW optimizer = new AdamW(memory, encoder.parameters(), 0.01, 1)) {
      try (GradientCollector collector = Engine.getInstance().newGradientCollector();
          ForwardPass pass = encoder.forward(memory, texts, dropout)) {
        NDArray directions = memory.arange(encoder.dimension()).reshape(new Shape(1, -1));
        Gradients.backward(collector, pass.embeddings().mul(directions.sin()).sum());
        pass.backward();
      }
      optimizer.step(optimizer.names(), 1e-3, 1);
    }
  }
}
