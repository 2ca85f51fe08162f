package io.sentencestreams.trainer.retraining;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.schemas.labels.Label;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeldOutTest {
  private static final int LABELS = 60;
  private static final LabelTask TASK =
      new RetrainConfig(
              Map.of(
                  "bootstrap.servers", "localhost:1",
                  "labels", "sts",
                  "labels.sts.kind", "scored-pairs",
                  "releases.folder", "releases",
                  "work.folder", "work",
                  "guard.file", "guard.tsv"))
          .tasks()
          .get(0);

  /** Pairs whose score is the cosine of their angle, and models that know it up to noise. */
  private static final class Stage {
    private final Random random;
    private final Map<String, Double> angles = new HashMap<>();
    private final HeldOut heldOut;

    Stage(long seed) {
      random = new Random(seed);
      List<Label> labels = new ArrayList<>();
      for (int i = 0; i < LABELS; i++) {
        double angle = random.nextDouble() * Math.PI;
        angles.put("one " + i, 0.0);
        angles.put("two " + i, angle);
        labels.add(new Label.ScoredPair("one " + i, "two " + i, (1 + Math.cos(angle)) / 2));
      }
      heldOut = new HeldOut(List.of(new RunPlan.Part(TASK, List.of(), labels, 0, 0)));
    }

    HeldOut.Remembered model(double noise) {
      Map<String, float[]> vectors = new HashMap<>();
      angles.forEach(
          (text, angle) -> {
            double known = angle + noise * random.nextGaussian();
            vectors.put(text, new float[] {(float) Math.cos(known), (float) Math.sin(known)});
          });
      HeldOut.Remembered model =
          new HeldOut.Remembered(texts -> texts.stream().map(vectors::get).toArray(float[][]::new));
      heldOut.measure(model);
      return model;
    }
  }

  @Test
  void shouldHaveNoDoubtOfAGreatGainAndAllDoubtOfNone() {
    Stage stage = new Stage(1);
    HeldOut.Remembered good = stage.model(0.1);
    HeldOut.Remembered bad = stage.model(1);
    assertThat(stage.heldOut.doubt(bad, good, 42)).isLessThan(0.01);
    assertThat(stage.heldOut.doubt(good, bad, 42)).isEqualTo(1);
    assertThat(stage.heldOut.doubt(good, good, 42)).isEqualTo(1);
  }

  @Test
  void shouldSeldomBelieveAGainThatIsChance() {
    int believed = 0;
    for (int seed = 0; seed < 60; seed++) {
      Stage stage = new Stage(seed);
      believed += stage.heldOut.doubt(stage.model(0.5), stage.model(0.5), seed) <= 0.1 ? 1 : 0;
    }
    // One in ten, by the meaning of doubt; more than 14 of 60 would be one chance in a thousand.
    assertThat(believed).isBetween(1, 14);
  }
}
