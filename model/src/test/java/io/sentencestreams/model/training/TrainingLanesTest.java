package io.sentencestreams.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.TokenizedText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is particular to batches that four lanes share, and to their edges. */
class TrainingLanesTest {
  private static final Golden GOLDEN = Golden.of("mean");

  private static TrainableEncoder single;
  private static TrainableEncoder encoder;

  @BeforeAll
  static void load() {
    single = TrainableEncoderTest.load(GOLDEN);
    encoder = TrainableEncoder.load(GOLDEN.checkpoint(), TrainableOptions.DEFAULT.withThreads(4));
  }

  @AfterAll
  static void close() {
    single.close();
    encoder.close();
  }

  @Test
  void shouldRepeatBf16WithDropoutBitForBit() {
    try (TrainableEncoder half =
        TrainableEncoder.load(
            GOLDEN.checkpoint(), TrainableOptions.DEFAULT.withBf16(true).withThreads(4))) {
      List<TokenizedText> batch = half.tokenize(GOLDEN.texts());
      Map<String, float[]> once = gradients(half, batch, TrainableEncoderTest.SOME);
      assertThat(once.get("encoder.layer.0.output.dense.weight")).doesNotContain(Float.NaN);
      assertThat(gradients(half, batch, TrainableEncoderTest.SOME))
          .allSatisfy((name, values) -> assertThat(values).isEqualTo(once.get(name)));
    }
  }

  @Test
  void shouldGiveTheSameGradientsForFewerTextsThanLanes() {
    for (int texts = 1; texts < 4; texts++) {
      List<TokenizedText> batch = encoder.tokenize(GOLDEN.texts().subList(0, texts));
      Map<String, float[]> expected = gradients(single, batch, Dropout.NONE);
      gradients(encoder, batch, Dropout.NONE)
          .forEach(
              (name, values) ->
                  assertThat(values).as(name).containsExactly(expected.get(name), within(2e-5f)));
    }
  }

  @Test
  void shouldLeaveOutNearlyAllWithoutDividingByZero() {
    List<TokenizedText> batch = encoder.tokenize(GOLDEN.texts().subList(0, 3));
    Dropout nearlyAll = new Dropout(0.99999999, 0.99999999, 7);
    for (float[] row : encoder.embed(batch, nearlyAll)) {
      for (float value : row) {
        assertThat(value).isFinite();
      }
    }
    gradients(encoder, batch, nearlyAll)
        .forEach(
            (name, values) -> {
              for (float value : values) {
                assertThat(value).as(name).isFinite();
              }
            });
  }

  @Test
  void shouldRefuseAnEmptyBatch() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoder.embed(List.of(), Dropout.NONE))
        .withMessage("the batch is empty");
  }

  @Test
  void shouldGoOnAfterATokenThatIsNotInTheVocabulary() {
    List<TokenizedText> batch = encoder.tokenize(GOLDEN.texts().subList(0, 4));
    float[][] before = encoder.embed(batch, Dropout.NONE);
    TokenizedText strange = new TokenizedText(new int[] {1, 1_000_000, 2}, false);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoder.embed(List.of(batch.get(0), strange), Dropout.NONE))
        .withMessageContaining("token id 1000000");
    assertThat(encoder.embed(batch, Dropout.NONE)).isDeepEqualTo(before);
  }

  @Test
  void shouldGoBackOnceOnly() {
    List<TokenizedText> batch = encoder.tokenize(GOLDEN.texts().subList(0, 4));
    try (NDManager step = encoder.newManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector();
        ForwardPass pass = encoder.forward(step, batch, Dropout.NONE)) {
      Gradients.backward(collector, pass.embeddings().sum());
      pass.backward();
      assertThatIllegalStateException().isThrownBy(pass::backward);
    }
  }

  private static Map<String, float[]> gradients(
      TrainableEncoder encoder, List<TokenizedText> batch, Dropout dropout) {
    float[] directions = TrainableEncoderTest.directions(batch.size() * encoder.dimension());
    return TrainableEncoderTest.gradients(encoder, batch, directions, dropout);
  }
}
