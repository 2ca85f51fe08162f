package io.sentencestreams.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDManager;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import io.sentencestreams.trainer.loss.SoftmaxLoss.Features;
import org.junit.jupiter.api.Test;

class PairClassifierTest {
  private static final float[][] U = {{1, 2}, {5, 0}};
  private static final float[][] V = {{1, 2}, {0, 5}};

  @Test
  void shouldFollowTheClassifierOfALossAsItLearns() {
    Features difference = new Features(false, true, false);
    try (NDManager memory = NDManager.newBaseManager();
        SoftmaxLoss loss = new SoftmaxLoss(memory, 2, 2, difference, 1)) {
      PairClassifier classifier = PairClassifier.of(loss, difference);
      loss.parameters().get("classifier.weight").set(new float[] {0, 0, 1, 1});
      loss.parameters().get("classifier.bias").set(new float[] {1, 0});
      assertThat(classifier.classify(U, V)).containsExactly(0, 1);
      loss.parameters().get("classifier.bias").set(new float[] {20, 0});
      assertThat(classifier.classify(U, V)).containsExactly(0, 0);
      loss.parameters().get("classifier.bias").set(new float[] {-1, 0});
      assertThat(classifier.classify(U, V)).containsExactly(1, 1);
    }
  }

  @Test
  void shouldSayThatEmbeddingsDoNotFitTheClassifier() {
    PairClassifier classifier =
        PairClassifier.linear(new float[12], new float[2], Features.DEFAULT);
    assertThat(classifier.classify(U, V)).containsExactly(0, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.classify(new float[1][3], new float[1][3]))
        .withMessage("the classifier has 6 inputs, but embeddings of length 3 give 9");
  }
}
