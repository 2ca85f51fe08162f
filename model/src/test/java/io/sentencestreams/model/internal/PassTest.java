package io.sentencestreams.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.training.Dropout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PassTest {
  /** Below what malloc takes from the system, so that what is freed is soon given out again. */
  private static final int LENGTH = 8192;

  private static final int ARRAYS = 50;

  @Test
  void shouldKeepTheNumbersOfAStepWhileTheGarbageCollectorRuns() {
    long[] whole = LongStream.range(1, LENGTH).toArray();
    double[] broken = DoubleStream.iterate(1, x -> x + 0.5).limit(LENGTH).toArray();
    try (NDManager memory = NDManager.newBaseManager(Device.cpu())) {
      NDArray states = memory.zeros(new Shape(1, 1));
      Pass pass = new Pass(memory, null, new Pass.Mode(true, 1, Dropout.NONE), states);
      List<NDArray> arrays = new ArrayList<>();
      List<NDArray> others = new ArrayList<>();
      for (int i = 0; i < ARRAYS; i++) {
        arrays.add(pass.numbers(whole));
        others.add(pass.numbers(broken));
      }
      List<ByteBuffer> takers = new ArrayList<>();
      for (int round = 0; round < 5; round++) {
        System.gc();
        takers.clear();
        for (int i = 0; i < 2 * ARRAYS; i++) { // which are filled with zeros
          takers.add(ByteBuffer.allocateDirect(LENGTH * Long.BYTES));
        }
        arrays.forEach(array -> assertThat(array.toLongArray()).isEqualTo(whole));
        others.forEach(array -> assertThat(array.toDoubleArray()).isEqualTo(broken));
      }
      assertThat(takers).hasSize(2 * ARRAYS);
    }
  }
}
