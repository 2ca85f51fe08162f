package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Weights on their way from a checkpoint into the kernel. */
final class KernelWeights {
  private KernelWeights() {}

  /**
   * Reads a checkpoint's weights and converts them as the kernel wants them.
   *
   * @return what the kernel's {@code prepare} returns; the caller closes it
   * @throws CheckpointException if a weight is missing, or of a shape or a type that does not fit
   */
  static IValue prepare(
      Torch.Kernel kernel, Checkpoint checkpoint, Device device, Arithmetic arithmetic) {
    List<BertParameters.Parameter> parameters = BertParameters.of(checkpoint.config());
    try (PtNDManager staging = Torch.newManager(Device.cpu());
        PtNDManager target = Torch.newManager(device);
        Weights source = checkpoint.weights()) {
      PtNDArray[] arrays = new PtNDArray[parameters.size()];
      for (int i = 0; i < arrays.length; i++) {
        arrays[i] = array(staging, source, parameters.get(i), checkpoint);
      }
      PtNDArray like = target.create(new Shape(1), DataType.FLOAT32);
      try (IValue list = IValue.listFrom(arrays);
          IValue layers = IValue.from(checkpoint.config().layers());
          IValue likeValue = IValue.from(like);
          IValue type = IValue.from(arithmetic.typeCode());
          IValue fused = IValue.from(arithmetic.fused())) {
        return IValueUtils.runMethod(
            kernel.block(), "prepare", list, layers, likeValue, type, fused);
      }
    }
  }

  /** One parameter in fp32, fp16 or, widened, bf16; it may be a view of the file. */
  static PtNDArray array(
      PtNDManager manager,
      Weights source,
      BertParameters.Parameter parameter,
      Checkpoint checkpoint) {
    if (parameter.isAbsent()) {
      return (PtNDArray)
          manager.zeros(new Shape(parameter.shape().stream().mapToLong(Long::longValue).toArray()));
    }
    Tensor tensor = source.get(parameter.name());
    if (!tensor.type().shape().equals(parameter.shape())) {
      throw new CheckpointException(
          "%s: %s has shape %s, but its configuration says %s"
              .formatted(
                  checkpoint.directory(),
                  parameter.name(),
                  tensor.type().shape(),
                  parameter.shape()));
    }
    requireFinite(checkpoint, parameter.name(), tensor);
    Shape shape = new Shape(tensor.shape());
    return switch (tensor.dtype()) {
      case F32 -> manager.create(direct(tensor.data()), shape, DataType.FLOAT32);
      case F16 -> manager.create(direct(tensor.data()), shape, DataType.FLOAT16);
      case BF16 -> manager.create(widen(tensor.data()), shape, DataType.FLOAT32);
      default ->
          throw new CheckpointException(
              "%s: %s has type %s; F32, F16 and BF16 can be read"
                  .formatted(checkpoint.directory(), parameter.name(), tensor.dtype()));
    };
  }

  /** One NaN in the weights makes NaN of each text that comes by it, and of no other. */
  private static void requireFinite(Checkpoint checkpoint, String name, Tensor tensor) {
    long at = tensor.firstNotFinite();
    if (at >= 0) {
      throw new CheckpointException(
          "%s: %s has NaN or infinity as its value %d: the weights are damaged; fetch or import the model again"
              .formatted(checkpoint.directory(), name, at + 1));
    }
  }

  private static ByteBuffer direct(ByteBuffer data) {
    if (data.isDirect()) {
      return data;
    }
    ByteBuffer copy = ByteBuffer.allocateDirect(data.remaining()).order(data.order());
    return copy.put(data).flip();
  }

  /** A bfloat16 is the upper half of a float; the engine's arrays cannot carry one. */
  private static ByteBuffer widen(ByteBuffer data) {
    ByteBuffer wide =
        ByteBuffer.allocateDirect(Math.multiplyExact(data.remaining(), 2))
            .order(ByteOrder.nativeOrder());
    while (data.hasRemaining()) {
      wide.putInt(data.getShort() << Short.SIZE);
    }
    return wide.flip();
  }
}
