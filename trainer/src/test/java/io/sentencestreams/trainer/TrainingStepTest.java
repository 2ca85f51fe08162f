package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.CoSentLoss;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss;
import io.sentencestreams.trainer.optimization.AdamW;
import io.sentencestreams.trainer.optimization.LearningRateSchedule;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Golden files: tests/python/training_goldens.py. */
class TrainingStepTest {
  /** The golden files' own: so large that decay that is forgotten shows. */
  private static final double DECAY = 5;

  @Test
  void shouldMakeTheStepsOfTheReference() throws IOException, URISyntaxException {
    JsonNode golden = golden();
    List<TrainingExample> batch = new ArrayList<>();
    for (JsonNode pair : golden.path("pairs")) {
      batch.add(
          TrainingExample.labelled(
              pair.path(2).asDouble(), pair.path(0).asText(), pair.path(1).asText()));
    }
    float[][] labels = labels(batch);
    Path file =
        Path.of(TrainingStepTest.class.getResource("/golden/three_steps.safetensors").toURI());
    try (TrainableEncoder encoder = TinyModels.load();
        Weights expected = Safetensors.open(file);
        NDManager memory = encoder.newManager();
        AdamW optimizer = new AdamW(memory, encoder.parameters(), DECAY, 1)) {
      TrainingStep step = new TrainingStep(encoder, new CoSentLoss(), 1, Dropout.NONE);
      for (int i = 0; i < 3; i++) {
        JsonNode then = golden.path("steps").path(i);
        double rate = 2e-3 * LearningRateSchedule.LINEAR.factor(i, 2, 5);
        assertThat(rate).isCloseTo(then.path(2).asDouble(), within(1e-12));
        assertThat(step.run(batch, labels)).isCloseTo(then.path(0).asDouble(), within(1e-4));
        if (i == 0) {
          encoder
              .parameters()
              .keySet()
              .forEach(name -> compare(gradient(encoder, name), expected, "gradient." + name));
        }
        double norm = optimizer.step(optimizer.names(), rate, 1);
        assertThat(norm).isCloseTo(then.path(1).asDouble(), within(1e-3));
      }
      encoder
          .parameters()
          .forEach(
              (name, array) -> {
                // A key's bias shifts all scores of a query alike, so its gradient is 0 but for
                // rounding, and Adam takes steps of full length in whatever direction that has.
                if (!name.endsWith("self.key.bias")) {
                  compare(array.toFloatArray(), expected, "weight." + name);
                }
              });
    }
  }

  private static JsonNode golden() throws IOException {
    try (InputStream in = TrainingStepTest.class.getResourceAsStream("/golden/three_steps.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static void compare(float[] actual, Weights expected, String name) {
    FloatBuffer buffer = expected.get(name).data().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    float greatest = 1;
    for (float value : values) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    assertThat(actual).as(name).containsExactly(values, within(1e-4f * greatest));
  }

  @Test
  void shouldGiveTheSameGradientsFromACacheAndAtOnce() {
    List<TrainingExample> batch = TinyModels.SCORED.examples();
    try (TrainableEncoder encoder = TinyModels.load()) {
      double atOnce =
          new TrainingStep(encoder, new MultipleNegativesRankingLoss(), 0.5, Dropout.NONE)
              .run(batch, new float[0][]);
      Map<String, float[]> expected = takeGradients(encoder);
      double cached =
          new TrainingStep(encoder, MultipleNegativesRankingLoss.cached(3), 0.5, Dropout.NONE)
              .run(batch, new float[0][]);
      Map<String, float[]> gradients = takeGradients(encoder);
      assertThat(cached).isCloseTo(atOnce, within(1e-5));
      gradients.forEach(
          (name, values) ->
              assertThat(values).as(name).containsExactly(expected.get(name), within(2e-5f)));
    }
  }

  private static float[] gradient(TrainableEncoder encoder, String name) {
    try (NDArray gradient = encoder.parameters().get(name).getGradient()) {
      return gradient.toFloatArray();
    }
  }

  private static Map<String, float[]> takeGradients(TrainableEncoder encoder) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    encoder
        .parameters()
        .forEach(
            (name, array) -> {
              try (NDArray gradient = array.getGradient()) {
                gradients.put(name, gradient.toFloatArray());
                gradient.subi(gradient);
              }
            });
    return gradients;
  }

  @Test
  void shouldChangeParametersTheSameInManyLanesAsInOne() {
    try (TrainableEncoder one = TinyModels.load();
        TrainableEncoder other = TinyModels.load();
        NDManager memory = one.newManager();
        NDManager otherMemory = other.newManager();
        AdamW single = new AdamW(memory, one.parameters(), 0.01, 1);
        AdamW lanes = new AdamW(otherMemory, other.parameters(), 0.01, 4)) {
      String changed = "encoder.layer.0.output.dense.weight";
      float[] before = one.parameters().get(changed).toFloatArray();
      for (int i = 0; i < 2; i++) {
        for (TrainableEncoder encoder : List.of(one, other)) {
          new TrainingStep(encoder, new CoSentLoss(), 1, Dropout.NONE)
              .run(TinyModels.SCORED.examples(), labels(TinyModels.SCORED.examples()));
        }
        assertThat(lanes.step(lanes.names(), 1e-3, 0))
            .isEqualTo(single.step(single.names(), 1e-3, 0));
      }
      assertThat(one.parameters().get(changed).toFloatArray()).isNotEqualTo(before);
      other
          .parameters()
          .forEach(
              (name, array) ->
                  assertThat(array.toFloatArray())
                      .as(name)
                      .isEqualTo(one.parameters().get(name).toFloatArray()));
    }
  }

  private static float[][] labels(List<TrainingExample> batch) {
    return batch.stream().map(TrainingExample::label).toArray(float[][]::new);
  }

  @Test
  void shouldFollowTheReferencesCosine() throws IOException {
    JsonNode rates = golden().path("cosine");
    for (int i = 0; i < rates.size(); i++) {
      assertThat(LearningRateSchedule.COSINE.factor(i, 2, 8))
          .isCloseTo(rates.path(i).asDouble(), within(1e-12));
    }
    assertThat(LearningRateSchedule.CONSTANT.factor(1, 4, 8)).isEqualTo(0.25);
    assertThat(LearningRateSchedule.CONSTANT.factor(7, 4, 8)).isEqualTo(1);
  }
}
