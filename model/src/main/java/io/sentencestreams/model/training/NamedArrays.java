package io.sentencestreams.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.DType;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TensorType;
import io.sentencestreams.model.checkpoint.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Arrays of fp32 by their names, to a file of safetensors and back. */
public final class NamedArrays {
  private NamedArrays() {}

  /**
   * Writes arrays in one step, each taken from its device when its turn comes.
   *
   * @throws CheckpointException if the file cannot be written
   */
  public static void write(Path file, Map<String, NDArray> arrays) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    arrays.forEach((name, array) -> types.put(name, type(array)));
    Function<String, Tensor> tensors = name -> tensor(arrays.get(name));
    Safetensors.write(file, types, tensors, Map.of("format", "pt"));
  }

  /**
   * Fills arrays from a file, in place.
   *
   * @throws CheckpointException if the file lacks one, or has another shape for it
   */
  public static void restore(Path file, Map<String, NDArray> arrays) {
    try (Weights weights = Safetensors.open(file)) {
      arrays.forEach((name, array) -> restore(weights.get(name), name, array, file));
    }
  }

  private static void restore(Tensor tensor, String name, NDArray array, Path file) {
    if (!tensor.type().equals(type(array))) {
      throw new CheckpointException(
          "%s: %s is %s, but must be %s".formatted(file, name, tensor.type(), type(array)));
    }
    ByteBuffer copy =
        ByteBuffer.allocateDirect(tensor.data().remaining()).order(ByteOrder.LITTLE_ENDIAN);
    copy.put(tensor.data()).flip();
    boolean gradient = array.hasGradient();
    // What records gradients refuses to be written over.
    array.setRequiresGradient(false);
    try (NDManager staging = array.getManager().newSubManager();
        NDArray source = staging.create(copy, new Shape(tensor.shape()), DataType.FLOAT32)) {
      source.copyTo(array);
    } finally {
      array.setRequiresGradient(gradient);
    }
  }

  static Tensor tensor(NDArray array) {
    return new Tensor(type(array), array.toByteBuffer());
  }

  private static TensorType type(NDArray array) {
    List<Long> shape = LongStream.of(array.getShape().getShape()).boxed().toList();
    return new TensorType(DType.F32, shape);
  }
}
