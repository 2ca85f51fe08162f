package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.ForwardPass;
import io.sentencestreams.model.training.Gradients;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every architecture and every module beside the reference: tests/golden/make_module_golden.py. */
class ModulesTest {
  @TempDir private Path temporary;

  static Stream<String> models() throws IOException, URISyntaxException {
    Path folder = Path.of(ModulesTest.class.getResource("/golden/modules").toURI());
    List<String> names;
    try (Stream<Path> children = Files.list(folder)) {
      names = children.map(child -> child.getFileName().toString()).sorted().toList();
    }
    assertThat(names).hasSizeGreaterThan(20);
    return names.stream();
  }

  static Stream<String> trainableModels() throws IOException, URISyntaxException {
    return models().filter(name -> Files.exists(gradients(name)));
  }

  private static Path gradients(String name) {
    return golden(name).checkpoint().directory().resolve("gradients.safetensors");
  }

  private static Golden golden(String name) {
    return Golden.of("modules/" + name);
  }

  private SentenceEncoder load(Checkpoint checkpoint, Precision precision) {
    return SentenceEncoder.load(
        checkpoint,
        EncoderOptions.DEFAULT.withPrecision(precision).withDevices("cpu"),
        temporary.resolve("choices"));
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldGiveTheEmbeddingsOfTheReference(String name) {
    Golden golden = golden(name);
    try (SentenceEncoder encoder = load(golden.checkpoint(), Precision.FP32)) {
      assertClose(golden, encoder.encode(golden.texts()), 1e-5f);
      for (int i = 0; i < golden.texts().size(); i++) {
        float[][] alone = {encoder.encode(golden.texts().get(i))};
        assertClose(alone[0], golden.embedding(i), golden.texts().get(i), 1e-5f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldStayNearTheReferenceInBf16(String name) {
    Golden golden = golden(name);
    try (SentenceEncoder encoder = load(golden.checkpoint(), Precision.BF16)) {
      float[][] embeddings = encoder.encode(golden.texts());
      for (int i = 0; i < embeddings.length; i++) {
        if (SimilarityFunction.DOT.similarity(embeddings[i], embeddings[i]) > 0) {
          assertThat(SimilarityFunction.COSINE.similarity(embeddings[i], golden.embedding(i)))
              .as(golden.texts().get(i))
              .isGreaterThan(0.99);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trainableModels")
  void shouldGiveTheGradientsOfTheReference(String name) {
    Golden golden = golden(name);
    try (TrainableEncoder encoder =
            TrainableEncoder.load(golden.checkpoint(), TrainableOptions.DEFAULT.withThreads(1));
        Weights expected = Safetensors.open(gradients(name))) {
      assertClose(golden, encoder.encode(golden.texts()), 2e-5f);
      Map<String, float[]> actual =
          gradients(encoder, golden.texts(), floats(expected, "directions"));
      Set<String> names = new TreeSet<>(expected.names());
      names.remove("directions");
      assertThat(actual.keySet()).containsAll(names);
      for (String parameter : actual.keySet()) {
        float[] wanted =
            names.contains(parameter)
                ? floats(expected, parameter)
                : new float[actual.get(parameter).length]; // of what did not take part
        assertClose(actual.get(parameter), wanted, parameter, 1e-5f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trainableModels")
  void shouldSaveWhatItTrainedAndNothingElse(String name) throws IOException {
    Golden golden = golden(name);
    Path saved = temporary.resolve("saved");
    float[][] trained;
    try (TrainableEncoder encoder =
        TrainableEncoder.load(golden.checkpoint(), TrainableOptions.DEFAULT)) {
      encoder.save(saved, Map.of());
      assertThat(Checkpoint.open(saved).digest()).isEqualTo(golden.checkpoint().digest());
      encoder.parameters().values().forEach(array -> array.set(shifted(array.toFloatArray())));
      trained = encoder.encode(golden.texts());
      encoder.save(saved, Map.of());
    }
    assertThat(trained[0]).isNotEqualTo(golden.embedding(0));
    try (SentenceEncoder encoder = load(Checkpoint.open(saved), Precision.FP32)) {
      float[][] served = encoder.encode(golden.texts());
      // SBERT-WK divides by small sums, in which the fused layers' rounding shows.
      float tolerance = name.equals("wk_pooling") ? 1e-4f : 1e-5f;
      for (int i = 0; i < served.length; i++) {
        assertClose(served[i], trained[i], golden.texts().get(i), tolerance);
      }
    }
  }

  private static float[] shifted(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] += 1e-2f * (i % 5 - 2);
    }
    return values;
  }

  private static Map<String, float[]> gradients(
      TrainableEncoder encoder, List<String> texts, float[] directions) {
    try (NDManager step = encoder.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector();
        ForwardPass pass = encoder.forward(step, encoder.tokenize(texts), Dropout.NONE)) {
      NDArray weights = step.create(directions, new Shape(texts.size(), encoder.dimension()));
      Gradients.backward(collector, pass.embeddings().mul(weights).sum());
      pass.backward();
    }
    Map<String, float[]> gradients = new HashMap<>();
    encoder
        .parameters()
        .forEach(
            (name, array) -> {
              try (NDArray gradient = array.getGradient()) {
                gradients.put(name, gradient.toFloatArray());
              }
            });
    return gradients;
  }

  private static float[] floats(Weights weights, String name) {
    FloatBuffer buffer = weights.get(name).data().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static void assertClose(Golden golden, float[][] actual, float tolerance) {
    List<String> texts = new ArrayList<>(golden.texts());
    assertThat(actual).hasNumberOfRows(texts.size());
    for (int i = 0; i < actual.length; i++) {
      assertClose(actual[i], golden.embedding(i), texts.get(i), tolerance);
    }
  }

  /** Relative to the greatest value where that is above 1, as sums that cancel keep rounding. */
  private static void assertClose(float[] actual, float[] expected, String name, float tolerance) {
    float greatest = 1;
    for (float value : expected) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    assertThat(actual).as(name).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i])
          .as("%s, element %d", name, i)
          .isCloseTo(expected[i], within(tolerance * greatest));
    }
  }
}
