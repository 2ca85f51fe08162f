package io.sentencestreams.trainer.retraining;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftDetectorTest {
  private static final int SIZE = 40;
  private static final double BOUND = 0.05;

  private final DriftDetector detector = new DriftDetector(SIZE, BOUND);
  private final Random random = new Random(1);

  private float[] vector(double mean) {
    float[] vector = new float[16];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (random.nextGaussian() + mean);
    }
    return vector;
  }

  private Optional<DriftDetector.Comparison> fill(String version, double mean) {
    Optional<DriftDetector.Comparison> last = Optional.empty();
    for (int i = 0; i < SIZE; i++) {
      last = detector.add(version, vector(mean));
    }
    return last;
  }

  @Test
  void shouldFindADriftInTextsThatDoNotChangeAsOftenAsItsBoundSays() {
    int drifts = 0;
    int comparisons = 600;
    for (int i = 0; i < comparisons; i++) {
      detector.restart();
      fill("v1", 0);
      drifts += fill("v1", 0).orElseThrow().drift() ? 1 : 0;
    }
    // A binomial of 600 at 0.05: mean 30, four deviations of 5.3 on either side.
    assertThat(drifts).isBetween(9, 51);
  }

  @Test
  void shouldFindAShiftAndWhatIsNoneAfterARestart() {
    assertThat(fill("v1", 0)).isEmpty();
    assertThat(fill("v1", 0.5)).get().matches(DriftDetector.Comparison::drift);
    detector.restart();
    fill("v1", 0.5);
    assertThat(fill("v1", 0.5).orElseThrow().pValue()).isGreaterThan(BOUND);
  }

  @Test
  void shouldNotCompareEmbeddingsOfTwoVersions() {
    fill("v1", 0);
    assertThat(fill("v2", 5)).isEmpty();
    assertThat(fill("v2", 5)).isPresent();
  }
}
