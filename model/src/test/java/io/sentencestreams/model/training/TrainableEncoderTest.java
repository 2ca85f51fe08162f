package io.sentencestreams.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.internal.Torch;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainableEncoderTest {
  static final Dropout SOME = new Dropout(0.1, 0.1, 42);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"mean", "cls", "max_relu", "all_gelu_new", "roberta"})
  void shouldGiveTheGradientsOfTheReference(String name) {
    Golden golden = Golden.of(name);
    List<String> texts = golden.texts().stream().filter(text -> !text.isBlank()).toList();
    Path file =
        golden.checkpoint().directory().resolveSibling("training").resolve(name + ".safetensors");
    try (TrainableEncoder encoder = load(golden);
        Weights expected = Safetensors.open(file)) {
      float[] directions = floats(expected, "directions");
      Map<String, float[]> gradients =
          gradients(encoder, encoder.tokenize(texts), directions, Dropout.NONE);
      int compared = 0;
      for (String parameter : expected.names()) {
        if (!parameter.equals("directions")) {
          assertClose(parameter, gradients.get(parameter), floats(expected, parameter));
          compared++;
        }
      }
      assertThat(compared).isEqualTo(gradients.size());
    }
  }

  /**
   * Equal to 1e-5, relative to the tensor's greatest value where that is above 1: sums that cancel
   * keep the rounding of what they are made of, in another order on each processor.
   */
  private static void assertClose(String name, float[] actual, float[] expected) {
    float greatest = 1;
    for (float value : expected) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    assertThat(actual).as(name).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i])
          .as("%s, element %d", name, i)
          .isCloseTo(expected[i], within(1e-5f * greatest));
    }
  }

  @Test
  void shouldHoldTheExitOfTheProcessBackDuringABackwardPass() throws ReflectiveOperationException {
    Field field = Torch.class.getDeclaredField("RUNNING");
    field.setAccessible(true);
    ReentrantReadWriteLock running = (ReentrantReadWriteLock) field.get(null);
    List<Integer> held = new ArrayList<>();
    GradientCollector collector =
        new GradientCollector() {
          @Override
          public void backward(NDArray target) {
            held.add(running.getReadHoldCount());
          }

          @Override
          public void zeroGradients() {}

          @Override
          public void close() {}
        };
    try (NDManager memory = NDManager.newBaseManager()) {
      Gradients.backward(collector, memory.create(1f));
    }
    assertThat(held).containsExactly(1);
    assertThat(running.getReadHoldCount()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mean", "cls", "max_relu", "all_gelu_new", "roberta", "weighted_last"})
  void shouldEmbedAsTheReference(String name) {
    Golden golden = Golden.of(name);
    try (TrainableEncoder encoder = load(golden)) {
      float[][] embeddings = encoder.encode(golden.texts());
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(embeddings[i]).containsExactly(golden.embedding(i), within(2e-5f));
      }
    }
  }

  @Test
  void shouldLeaveOutTheSameForTheSameSeedAndOtherwiseForAnother() {
    Golden golden = Golden.of("mean");
    try (TrainableEncoder encoder = load(golden)) {
      List<TokenizedText> batch = encoder.tokenize(golden.texts());
      float[][] once = encoder.embed(batch, SOME);
      assertThat(encoder.embed(batch, SOME)).isDeepEqualTo(once);
      assertThat(encoder.embed(batch, new Dropout(0.1, 0.1, 43))[0]).isNotEqualTo(once[0]);
      assertThat(encoder.embed(batch, new Dropout(0, 0.1, 42))[0])
          .isNotEqualTo(encoder.embed(batch, Dropout.NONE)[0]);
    }
  }

  @Test
  void shouldAddTheLanesGradientsUpInOneOrder() {
    Golden golden = Golden.of("mean");
    try (TrainableEncoder single = load(golden);
        TrainableEncoder encoder =
            TrainableEncoder.load(golden.checkpoint(), TrainableOptions.DEFAULT.withThreads(4))) {
      List<TokenizedText> batch = encoder.tokenize(golden.texts());
      float[] directions = directions(batch.size() * encoder.dimension());
      Map<String, float[]> once = gradients(encoder, batch, directions, SOME);
      assertThat(gradients(encoder, batch, directions, SOME))
          .allSatisfy((name, values) -> assertThat(values).isEqualTo(once.get(name)));
      Map<String, float[]> expected = gradients(single, batch, directions, Dropout.NONE);
      gradients(encoder, batch, directions, Dropout.NONE)
          .forEach((name, values) -> assertClose(name, values, expected.get(name)));
      assertThat(encoder.embed(batch, Dropout.NONE)[1])
          .containsExactly(single.embed(batch, Dropout.NONE)[1], within(1e-5f));
    }
  }

  static float[] directions(int count) {
    float[] directions = new float[count];
    for (int i = 0; i < count; i++) {
      directions[i] = (i % 7 - 3) / 3f;
    }
    return directions;
  }

  @Test
  void shouldStopAtTheLowestParameterThatLearns() {
    Golden golden = Golden.of("mean");
    try (TrainableEncoder whole = load(golden);
        TrainableEncoder frozen = load(golden)) {
      List<TokenizedText> batch = whole.tokenize(golden.texts());
      float[] directions = directions(batch.size() * whole.dimension());
      Map<String, float[]> expected = gradients(whole, batch, directions, SOME);
      String learns = "encoder.layer.1.attention.self.key.weight";
      frozen.parameters().forEach((name, array) -> array.setRequiresGradient(name.equals(learns)));
      assertThat(gradients(frozen, batch, directions, SOME))
          .containsOnlyKeys(learns)
          .hasEntrySatisfying(learns, values -> assertThat(values).isEqualTo(expected.get(learns)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "embeddings.LayerNorm.bias",
        "encoder.layer.0.attention.self.value.weight",
        "encoder.layer.0.attention.self.query.weight",
        "encoder.layer.0.attention.output.dense.bias",
        "encoder.layer.1.output.dense.bias"
      })
  void shouldDifferentiateTheVeryPassThatDropoutThinned(String name) {
    Golden golden = Golden.of("max_relu"); // not normalized, so that steps show
    try (TrainableEncoder encoder = load(golden)) {
      List<TokenizedText> batch = encoder.tokenize(golden.texts());
      float[] directions = new float[batch.size() * encoder.dimension()];
      Arrays.fill(directions, 1);
      float[] gradient = gradients(encoder, batch, directions, SOME).get(name);
      NDArray parameter = encoder.parameters().get(name);
      float step = 2e-3f;
      for (int i = 0; i < 3; i++) {
        double above = sumWithShift(encoder, parameter, i, step, batch);
        double below = sumWithShift(encoder, parameter, i, -step, batch);
        assertThat((above - below) / (2 * step))
            .isCloseTo(gradient[i], within(0.05 + 0.05 * Math.abs(gradient[i])));
      }
    }
  }

  private static double sumWithShift(
      TrainableEncoder encoder,
      NDArray parameter,
      int index,
      float step,
      List<TokenizedText> batch) {
    float[] before = parameter.toFloatArray();
    float[] shifted = before.clone();
    shifted[index] += step;
    parameter.set(shifted);
    double sum = 0;
    for (float[] row : encoder.embed(batch, SOME)) {
      for (float x : row) {
        sum += x;
      }
    }
    parameter.set(before);
    return sum;
  }

  @Test
  void shouldTrainInBf16NearlyAsInFp32() {
    Golden golden = Golden.of("mean");
    try (TrainableEncoder exact = load(golden);
        TrainableEncoder half =
            TrainableEncoder.load(
                golden.checkpoint(), TrainableOptions.DEFAULT.withBf16(true).withThreads(1))) {
      List<TokenizedText> batch = exact.tokenize(golden.texts());
      float[] directions = new float[batch.size() * exact.dimension()];
      directions[3] = 1;
      String name = "encoder.layer.0.intermediate.dense.weight";
      float[] a = gradients(exact, batch, directions, Dropout.NONE).get(name);
      float[] b = gradients(half, batch, directions, Dropout.NONE).get(name);
      assertThat(b).isNotEqualTo(a);
      assertThat(SimilarityFunction.COSINE.similarity(a, b)).isGreaterThan(0.995);
    }
  }

  @Test
  void shouldSaveWhatTheServingEncoderLoads() throws IOException {
    Golden golden = Golden.of("mean");
    Path saved = folder.resolve("saved");
    Files.createDirectories(saved);
    Files.writeString(saved.resolve("config.json"), "{}");
    Files.writeString(saved.resolve("old.txt"), "of the checkpoint before");
    float[][] trained;
    try (TrainableEncoder encoder = load(golden)) {
      NDArray bias = encoder.parameters().get("encoder.layer.1.output.dense.bias");
      float[] values = bias.toFloatArray();
      values[0] += 1;
      bias.set(values);
      trained = encoder.encode(golden.texts());
      encoder.save(saved, Map.of("report.json", "{}".getBytes(StandardCharsets.UTF_8)));
    }
    assertThat(trained[0]).isNotEqualTo(golden.embedding(0));
    try (SentenceEncoder encoder =
        SentenceEncoder.load(saved, EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
      float[][] served = encoder.encode(golden.texts());
      for (int i = 0; i < served.length; i++) {
        assertThat(served[i]).containsExactly(trained[i], within(1e-5f));
      }
    }
    assertThat(saved.resolve("old.txt")).doesNotExist();
    assertThat(saved.resolve("report.json")).hasContent("{}");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp*");
  }

  @Test
  void shouldCutTextsOfRobertaAtItsLastPosition() throws IOException {
    Path copy = Golden.copy("roberta", folder.resolve("roberta"));
    // The length that RobertaModel's tokenizers come without, so that its positions decide.
    Files.writeString(copy.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 32}");
    String text = "cat ".repeat(100);
    try (SentenceEncoder served =
            SentenceEncoder.load(copy, EncoderOptions.DEFAULT.withPrecision(Precision.FP32));
        TrainableEncoder encoder =
            TrainableEncoder.load(Checkpoint.open(copy), TrainableOptions.DEFAULT)) {
      assertThat(encoder.tokenize(List.of(text)).get(0).length())
          .isEqualTo(served.maxSequenceLength())
          .isLessThan(32);
      assertThat(encoder.encode(List.of(text))[0])
          .containsExactly(served.encode(text), within(1e-5f));
    }
  }

  @Test
  void shouldLeaveTheOldCheckpointWhenTheNewOneCannotBeWritten() throws IOException {
    Path saved = folder.resolve("saved");
    try (TrainableEncoder encoder = load(Golden.of("mean"))) {
      encoder.save(saved, Map.of());
      byte[] before = Files.readAllBytes(saved.resolve("model.safetensors"));
      assertThatThrownBy(() -> encoder.save(saved, Map.of("no/such/folder.json", new byte[] {1})))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining(saved.toString());
      assertThat(saved.resolve("model.safetensors")).hasBinaryContent(before);
      assertThat(folder).isDirectoryNotContaining("glob:**.tmp*");
    }
  }

  static TrainableEncoder load(Golden golden) {
    return TrainableEncoder.load(golden.checkpoint(), TrainableOptions.DEFAULT.withThreads(1));
  }

  private static float[] floats(Weights weights, String name) {
    FloatBuffer buffer = weights.get(name).data().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /** Gradients of the sum of embeddings times directions. */
  static Map<String, float[]> gradients(
      TrainableEncoder encoder, List<TokenizedText> batch, float[] directions, Dropout dropout) {
    try (NDManager step = encoder.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector();
        ForwardPass pass = encoder.forward(step, batch, dropout)) {
      NDArray weights = step.create(directions, new Shape(batch.size(), encoder.dimension()));
      Gradients.backward(collector, pass.embeddings().mul(weights).sum());
      pass.backward();
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    encoder
        .parameters()
        .forEach(
            (name, array) -> {
              if (array.hasGradient()) {
                try (NDArray gradient = array.getGradient()) {
                  gradients.put(name, gradient.toFloatArray());
                  gradient.subi(gradient);
                }
              }
            });
    return gradients;
  }
}
