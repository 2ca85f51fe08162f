package io.sentencestreams.model.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CellsTest {
  private static final int DIMENSION = 64;

  private final Random random = new Random(1);
  private final Chunks chunks = new Chunks();
  private final Slices slices = new Slices(chunks, DIMENSION, 1000);
  private final SignCodes codes = new SignCodes(DIMENSION);
  private final Cells cells = new Cells(chunks, codes, DIMENSION);

  private int add(int cell, float[] vector) {
    short[] fixed = FixedPointVector.of(vector);
    int slot = slices.add(0, 0, fixed);
    cells.get(cell).add(slot, codes.half(fixed, 0), codes.half(fixed, 1));
    return slot;
  }

  private int cellOf(int slot) {
    for (int cell = 0; cell < cells.count(); cell++) {
      for (int i = 0; i < cells.get(cell).size(); i++) {
        if (cells.get(cell).slot(i) == slot) {
          return cell;
        }
      }
    }
    throw new AssertionError("slot " + slot + " is in no cell");
  }

  /** The stream turns to what few were about before: those are in whatever cell was nearest. */
  @Test
  void shouldBringToANewCellWhatLiesNearItInCellsFarAway() {
    float[][] centroids = new float[80][];
    for (int i = 0; i < centroids.length; i++) {
      centroids[i] = TestVectors.gaussian(random, DIMENSION, 1);
      cells.create(FixedPointVector.of(centroids[i]));
    }
    int far = 1;
    for (int i = 2; i < centroids.length; i++) {
      if (TestVectors.cosine(centroids[0], centroids[i])
          < TestVectors.cosine(centroids[0], centroids[far])) {
        far = i;
      }
    }
    float[] topic = TestVectors.gaussian(random, DIMENSION, 1);
    int stray = add(far, TestVectors.near(random, topic, 0.9));
    int atHome = add(far, TestVectors.near(random, centroids[far], 0.9));
    for (int i = 0; i < 400; i++) {
      add(0, TestVectors.near(random, i % 2 == 0 ? topic : centroids[0], 0.9));
    }
    cells.splitIfLarge(0, 402);
    assertThat(cells.count()).isEqualTo(centroids.length + 1);
    int[] dots = new int[cells.count()];
    cells.dots(chunks.of(stray).copy(Chunks.offset(stray)), dots);
    assertThat(cellOf(stray)).isEqualTo(Cells.greatest(dots, cells.count())).isNotEqualTo(far);
    assertThat(cellOf(atHome)).isEqualTo(far);
  }
}
