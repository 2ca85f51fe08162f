package io.sentencestreams.model.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FixedPointVectorTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 65, 384, 1024})
  void shouldKeepTheCosineToTheFifthDigitWhateverTheDimension(int dimension) {
    Random random = new Random(dimension);
    for (int i = 0; i < 50; i++) {
      float[] a = TestVectors.gaussian(random, dimension, 3);
      float[] b = TestVectors.near(random, a, 0.9);
      assertThat(
              (double) FixedPointVector.similarity(FixedPointVector.of(a), FixedPointVector.of(b)))
          .isCloseTo(TestVectors.cosine(a, b), within(1e-4));
    }
  }

  @Test
  void shouldFindEqualVectorsSimilarToOneExactly() {
    short[] vector = FixedPointVector.of(TestVectors.gaussian(new Random(1), 384, 1));

    assertThat(FixedPointVector.similarity(vector, vector.clone())).isEqualTo(1f);
  }

  @Test
  void shouldNotOverflowWhereAllOfTheLengthIsInOneComponent() {
    short[] one = FixedPointVector.of(new float[] {0, -5, 0, 0});
    short[] other = FixedPointVector.of(new float[] {0, 1e-3f, 0, 0});

    assertThat(FixedPointVector.similarity(one, other)).isEqualTo(-1f);
  }

  @Test
  void shouldComeBackFromBytes() {
    short[] vector = FixedPointVector.of(new float[] {0.3f, -0.2f, 0.7f});
    byte[] bytes = FixedPointVector.toBytes(vector);
    byte[] shifted = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, shifted, 5, bytes.length);

    assertThat(bytes).hasSize(6);
    assertThat(FixedPointVector.fromBytes(shifted, 5, 3)).isEqualTo(vector);
    assertThatThrownBy(() -> FixedPointVector.fromBytes(shifted, 6, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void shouldRefuseWhatHasNoDirection() {
    assertThatThrownBy(() -> FixedPointVector.of(new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("zeros");
    assertThatThrownBy(() -> FixedPointVector.of(new float[] {1, Float.NaN}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not finite");
    assertThatThrownBy(() -> FixedPointVector.similarity(new short[2], new short[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 and 3 dimensions");
  }
}
