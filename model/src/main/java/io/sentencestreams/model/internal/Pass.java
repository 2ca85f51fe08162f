package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.TensorScript;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One batch on its way through the steps of a model. For one thread. */
final class Pass {
  private final NDManager memory;
  private final TensorScript script;
  private final Mode mode;
  private final PackedBatch packed;
  private final NDArray layout;
  private NDArray states;
  private List<NDArray> layers = List.of();
  private NDArray weightSums;
  private final long unknownId;
  private final boolean hasEmptyTexts;
  private int drops;

  /**
   * How the steps compute.
   *
   * @param gradients whether results can be differentiated
   * @param threads threads that an operator may use, on a CPU
   * @param dropout what is left out; nothing in inference
   */
  record Mode(boolean gradients, int threads, Dropout dropout) {}

  /**
   * Begins with token ids.
   *
   * @param memory takes all results
   * @param vocabularySize what ids must be below, but for that of a text without known words
   * @param words whether such texts have the one id behind the vocabulary
   * @param secondPositions as for {@link PackedBatch#writeLayout}
   */
  Pass(
      NDManager memory,
      TensorScript script,
      Mode mode,
      PackedBatch packed,
      int vocabularySize,
      boolean words,
      int secondPositions) {
    this.memory = memory;
    this.script = script;
    this.mode = mode;
    this.packed = packed;
    this.unknownId = vocabularySize;
    this.hasEmptyTexts = words && packed.hasTextOf(vocabularySize);
    this.layout = layout(words ? vocabularySize + 1 : vocabularySize, secondPositions);
  }

  /** Begins with sentence embeddings, in the order of the caller. */
  Pass(NDManager memory, TensorScript script, Mode mode, NDArray states) {
    this.memory = memory;
    this.script = script;
    this.mode = mode;
    this.packed = new PackedBatch(List.<TokenizedText>of(), 0);
    this.layout = null;
    this.unknownId = -1;
    this.hasEmptyTexts = false;
    this.states = states;
  }

  private NDArray layout(int idLimit, int secondPositions) {
    int[] order = packed.order();
    int size = packed.layoutSize() + order.length;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(size * Integer.BYTES).order(ByteOrder.nativeOrder());
    IntBuffer out = bytes.asIntBuffer();
    packed.writeLayout(out, idLimit, secondPositions);
    int[] rows = new int[order.length];
    for (int row = 0; row < order.length; row++) {
      rows[order[row]] = row;
    }
    out.put(rows);
    return memory.create(bytes, new Shape(size), DataType.INT32);
  }

  /**
   * 1 if there is a text without known words, which has the id behind the vocabulary, or else 0.
   */
  long unknown() {
    return hasEmptyTexts ? 1 : 0;
  }

  NDManager memory() {
    return memory;
  }

  Mode mode() {
    return mode;
  }

  PackedBatch packed() {
    return packed;
  }

  NDArray layout() {
    return layout;
  }

  /** Token embeddings, [tokens, dimension], and behind a pooling [texts, dimension]; fp32. */
  NDArray states() {
    return states;
  }

  void setStates(NDArray value) {
    this.states = value;
  }

  /**
   * Sets states of tokens that depend on more than their own: a text without any known word keeps
   * zeros, as if it had no token.
   */
  void setTokenStates(NDArray value) {
    if (!hasEmptyTexts) {
      setStates(value);
      return;
    }
    List<NDArray> x = List.of(value, layout);
    setStates(call("without_unknown", sizes(unknownId), new double[0], x, List.of()).get(0));
  }

  /** States of a transformer's embeddings and layers, if a step asked for them. */
  List<NDArray> layers() {
    return layers;
  }

  void setLayers(List<NDArray> value) {
    this.layers = value;
  }

  /** Sums of the weights of a text's words, [texts, 1]; null where words have none. */
  NDArray weightSums() {
    return weightSums;
  }

  void setWeightSums(NDArray value) {
    this.weightSums = value;
  }

  /** Whether something is to be left out: the model is being trained. */
  boolean drops() {
    return !mode.dropout().equals(Dropout.NONE);
  }

  /** A seed for the next step that leaves something out. */
  long nextSeed() {
    return mode.dropout().seed() + 0x9E3779B97F4A7C15L * ++drops;
  }

  /** Tokens and sequences, then a step's own numbers. */
  long[] sizes(long... own) {
    long[] numbers = new long[2 + own.length];
    numbers[0] = packed.tokens();
    numbers[1] = packed.order().length;
    System.arraycopy(own, 0, numbers, 2, own.length);
    return numbers;
  }

  /** Calls a step's method. */
  NDList call(String method, long[] ints, double[] floats, List<NDArray> x, List<NDArray> w) {
    try (NDArray intsArray = numbers(ints);
        NDArray floatsArray = numbers(floats);
        NDArray nothing = memory.zeros(new Shape(1))) {
      return script.call(
          memory,
          method,
          mode.gradients(),
          mode.threads(),
          intsArray,
          floatsArray,
          new ArrayList<>(x),
          w.isEmpty() ? List.of(nothing) : w);
    }
  }

  NDArray numbers(long[] values) {
    return onCpu(memory.create(values));
  }

  NDArray numbers(double[] values) {
    double[] some = values.length == 0 ? new double[1] : Arrays.copyOf(values, values.length);
    return onCpu(memory.create(some));
  }

  /**
   * Where the script reads them. On the CPU it must stay the array that was created: what {@code
   * toDevice} gives there is the same memory, a buffer that the garbage collector takes back once
   * the created array is closed.
   */
  private static NDArray onCpu(NDArray created) {
    if (created.getDevice().equals(Device.cpu())) {
      return created;
    }
    try (created) {
      return created.toDevice(Device.cpu(), false);
    }
  }
}
