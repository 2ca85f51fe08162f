package io.sentencestreams.tests.device;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Calls of script methods as files, {@code 0.call} and so on, which {@code device_check.py} reads.
 * Numbers are as {@link DataOutputStream} writes them. A file holds
 *
 * <ol>
 *   <li>the method; the SHA-256 of the script's source; what was done: model and precision;
 *   <li>whether results can be differentiated; how many arguments there are, and these, each a
 *       letter and what it announces:
 *       <ul>
 *         <li>{@code T} a tensor: whether it lies on the CPU, whether it wants a gradient, its
 *             type, its shape (count, then longs), its bytes (count, then bytes);
 *         <li>{@code t} a list of tensors (count, then each as {@code T} or {@code R});
 *         <li>{@code R} a result of an earlier call: its number, and which element, or -1 for all;
 *         <li>{@code B I D S} a boolean, long, double, string; {@code b i d} lists (count first).
 *       </ul>
 * </ol>
 *
 * Arguments are written before the call, which may change them. Where an array would lie is what
 * its manager's device says, unless it was moved to the CPU. Of calls that are alike few are kept,
 * and none that needs one that was not.
 */
public final class CallRecorder {
  /** Of one method with the same numbers and tensors of the same shapes, under one label. */
  private static final int MOST_ALIKE = 1;

  /** Of one method under one label. */
  private static final int MOST_OF_METHOD = 16;

  /** Longer tensors of integers are layouts, not numbers. */
  private static final int MOST_NUMBERS = 20;

  private static final int NOT_KEPT = -1;
  private static final int WHOLE = -1;

  private static Path folder;
  private static String label = "";
  private static long callCost = Long.MAX_VALUE;
  private static int calls;
  private static final Map<String, Integer> COUNTS = new HashMap<>();

  // By identity, since arrays are equal where their contents are; for ever, since the process is
  // short.
  private static final IdentityHashMap<PtSymbolBlock, String> SOURCES = new IdentityHashMap<>();
  private static final IdentityHashMap<PtNDArray, Device> MOVED = new IdentityHashMap<>();
  private static final IdentityHashMap<IValue, PtNDArray[]> ARRAYS = new IdentityHashMap<>();
  private static final IdentityHashMap<Object, Result> RESULTS = new IdentityHashMap<>();
  private static final List<ByteBuffer> RETAINED = new ArrayList<>();

  private record Result(int call, int element) {}

  private CallRecorder() {}

  static synchronized void start(Path target) throws IOException {
    folder = Files.createDirectories(target);
  }

  /** Says what is done from now on, and what attention calls are to cost at most. */
  static synchronized void label(String text, long mostCallCost) {
    label = text;
    callCost = mostCallCost;
  }

  /** The most that one more attention call may be said to cost. */
  public static synchronized long callCost() {
    return callCost;
  }

  /** A script was loaded. */
  public static synchronized void loaded(PtSymbolBlock block, String source) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(source.getBytes(StandardCharsets.UTF_8));
      SOURCES.put(block, HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Arguments with the CPU in place of a GPU. */
  public static Object[] inProcessorMemory(Object[] arguments) {
    Object[] mapped = arguments.clone();
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = mapped[i] instanceof Device ? Device.cpu() : mapped[i];
    }
    return mapped;
  }

  /** Where an array would be. */
  public static synchronized Device device(PtNDArray array) {
    return MOVED.getOrDefault(array, array.getManager().getDevice());
  }

  /** What stands for the copy on the other device: memory of its own, as there. */
  public static synchronized PtNDArray moved(PtNDArray from, PtNDArray to, Device device) {
    if (device(from).equals(device)) {
      return to;
    }
    PtNDArray copy = JniUtils.clone(to);
    copy.setName(to.getName());
    MOVED.put(copy, device);
    return copy;
  }

  /** Keeps memory for as long as the process is there. */
  public static synchronized void retain(ByteBuffer content) {
    RETAINED.add(content);
  }

  /** A value was made of arrays. */
  public static synchronized void wrapped(IValue value, PtNDArray... arrays) {
    ARRAYS.put(value, arrays);
  }

  /** Elements of a value were taken out. */
  public static synchronized void taken(IValue value, Object... parts) {
    Result of = RESULTS.get(value);
    if (of == null) {
      return;
    }
    for (int i = 0; i < parts.length; i++) {
      if (of.element() != WHOLE) {
        throw new IllegalStateException("an element of an element of a result: not foreseen");
      }
      RESULTS.put(parts[i], new Result(of.call(), i));
    }
  }

  /** A method is called with arrays, as the engine's binding finds them by their names. */
  public static void call(PtSymbolBlock block, NDList inputs, boolean gradients) {
    String method = inputs.get(0).getName().substring("module_method:".length());
    List<Object> arguments = new ArrayList<>();
    String last = null;
    for (NDArray array : inputs.subList(1, inputs.size())) {
      String name = array.getName();
      if (name == null) {
        arguments.add(array);
      } else {
        if (!name.equals(last)) {
          arguments.add(new NDList());
        }
        ((NDList) arguments.get(arguments.size() - 1)).add(array);
      }
      last = name;
    }
    keep(block, method, gradients, arguments);
  }

  /**
   * A method is called without gradients.
   *
   * @return the number of the call
   */
  public static int call(PtSymbolBlock block, String method, IValue... arguments) {
    return keep(block, method, false, List.of((Object[]) arguments));
  }

  /** The result of a call. */
  public static synchronized void returned(int call, IValue result) {
    RESULTS.put(result, new Result(call, WHOLE));
  }

  private static synchronized int keep(
      PtSymbolBlock block, String method, boolean gradients, List<Object> arguments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StringBuilder like = new StringBuilder(method + gradients + label);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(method);
      out.writeUTF(SOURCES.get(block));
      out.writeUTF(label);
      out.writeBoolean(gradients);
      out.writeInt(arguments.size());
      for (Object argument : arguments) {
        if (!write(out, argument, like)) {
          return NOT_KEPT;
        }
      }
      if (COUNTS.merge(like.toString(), 1, Integer::sum) > MOST_ALIKE
          || COUNTS.merge(method + label, 1, Integer::sum) > MOST_OF_METHOD) {
        return NOT_KEPT;
      }
      Files.write(folder.resolve(calls + ".call"), bytes.toByteArray());
      return calls++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it could be written: an argument from a call that was not kept cannot. */
  private static boolean write(DataOutputStream out, Object argument, StringBuilder like)
      throws IOException {
    if (argument instanceof NDArray array) {
      return writeTensor(out, (PtNDArray) array, like);
    }
    if (argument instanceof NDList list) {
      return writeTensors(out, list.toArray(PtNDArray[]::new), like);
    }
    IValue value = (IValue) argument;
    if (RESULTS.containsKey(value)) {
      return writeResult(out, RESULTS.get(value));
    }
    PtNDArray[] arrays = ARRAYS.get(value);
    if (arrays != null) {
      return value.isTensor() ? writeTensor(out, arrays[0], like) : writeTensors(out, arrays, like);
    }
    writeNumbers(out, value, like);
    return true;
  }

  private static boolean writeResult(DataOutputStream out, Result result) throws IOException {
    out.writeByte('R');
    out.writeInt(result.call());
    out.writeInt(result.element());
    return result.call() != NOT_KEPT;
  }

  private static boolean writeTensors(DataOutputStream out, PtNDArray[] arrays, StringBuilder like)
      throws IOException {
    out.writeByte('t');
    out.writeInt(arrays.length);
    boolean written = true;
    for (PtNDArray array : arrays) {
      written &= writeTensor(out, array, like);
    }
    return written;
  }

  private static boolean writeTensor(DataOutputStream out, PtNDArray array, StringBuilder like)
      throws IOException {
    if (RESULTS.containsKey(array)) {
      return writeResult(out, RESULTS.get(array));
    }
    out.writeByte('T');
    out.writeBoolean(!device(array).isGpu());
    out.writeBoolean(JniUtils.requiresGrad(array));
    out.writeUTF(array.getDataType().name());
    long[] shape = array.getShape().getShape();
    out.writeInt(shape.length);
    for (long size : shape) {
      out.writeLong(size);
    }
    ByteBuffer data = array.toByteBuffer();
    byte[] content = new byte[data.remaining()];
    data.get(content);
    out.writeInt(content.length);
    out.write(content);
    like.append(array.getShape());
    if (array.getDataType() == DataType.INT64 && array.size() <= MOST_NUMBERS) {
      like.append(Arrays.toString(array.toLongArray()));
    }
    return true;
  }

  private static void writeNumbers(DataOutputStream out, IValue value, StringBuilder like)
      throws IOException {
    if (value.isBoolean()) {
      out.writeByte('B');
      out.writeBoolean(value.toBoolean());
    } else if (value.isLong()) {
      out.writeByte('I');
      out.writeLong(value.toLong());
    } else if (value.isDouble()) {
      out.writeByte('D');
      out.writeDouble(value.toDouble());
    } else if (value.isString()) {
      out.writeByte('S');
      out.writeUTF(value.toStringValue());
    } else if (value.isLongList()) {
      out.writeByte('i');
      out.writeInt(value.toLongArray().length);
      like.append(Arrays.toString(value.toLongArray()));
      for (long element : value.toLongArray()) {
        out.writeLong(element);
      }
    } else if (value.isDoubleList()) {
      out.writeByte('d');
      out.writeInt(value.toDoubleArray().length);
      for (double element : value.toDoubleArray()) {
        out.writeDouble(element);
      }
    } else {
      throw new IllegalStateException("an argument of type " + value.getType() + ": not foreseen");
    }
  }
}
