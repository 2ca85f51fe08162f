package io.sentencestreams.schemas.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/** Jackson's writer is the reference: what is written without it must be the same. */
class JsonFloatsTest {
  private static final int VALUES = 200_000;

  private final JsonFloats floats = new JsonFloats();

  @Test
  void shouldWriteValuesOfEmbeddingsAsJacksonDoes() throws IOException {
    Random random = new Random(1);
    float[] vector = new float[VALUES];
    for (int i = 0; i < VALUES; i++) {
      vector[i] = (float) (random.nextGaussian() * 0.05);
    }
    assertWrittenAsByJackson(vector);
  }

  @Test
  void shouldWriteAnyFiniteFloatAsJacksonDoes() throws IOException {
    Random random = new Random(2);
    float[] vector = new float[VALUES];
    for (int i = 0; i < VALUES; i++) {
      float any = Float.intBitsToFloat(random.nextInt());
      vector[i] = Float.isFinite(any) ? any : 0;
    }
    assertWrittenAsByJackson(vector);
  }

  @Test
  void shouldWriteShortDecimalsAsJacksonDoes() throws IOException {
    float[] vector = new float[VALUES];
    for (int i = 0; i < VALUES; i++) {
      vector[i] = i / 100_000f;
    }
    assertWrittenAsByJackson(vector);
  }

  @Test
  void shouldWritePowersOfTwoAndTheirNeighboursAsJacksonDoes() throws IOException {
    float[] vector = new float[3 * (Float.MAX_EXPONENT - Float.MIN_EXPONENT + 1)];
    int i = 0;
    for (int exponent = Float.MIN_EXPONENT; exponent <= Float.MAX_EXPONENT; exponent++) {
      float power = Math.scalb(1f, exponent);
      vector[i++] = Math.nextDown(power);
      vector[i++] = -power;
      vector[i++] = Math.nextUp(power);
    }
    assertWrittenAsByJackson(vector);
  }

  @Test
  void shouldWriteLimitsAndZerosAsJacksonDoes() throws IOException {
    assertWrittenAsByJackson(
        new float[] {
          0, -0f, 1, -1, 1e-3f, 1e-4f, 0.1f, Math.nextDown(1e-3f), Math.nextDown(1e-4f)
        });
    assertWrittenAsByJackson(new float[] {Float.MIN_VALUE, Float.MAX_VALUE, -Float.MIN_NORMAL});
    assertWrittenAsByJackson(new float[0]);
  }

  private void assertWrittenAsByJackson(float[] vector) throws IOException {
    StringJoiner expected = new StringJoiner(",", "[", "]");
    for (float value : vector) {
      expected.add(NumberOutput.toString(value, true));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    floats.write(vector, out);
    assertThat(out.toString(US_ASCII)).isEqualTo(expected.toString());
  }
}
