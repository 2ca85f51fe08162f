package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.checkpoint.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A model's weights on one device, and the kernel that runs on them.
 *
 * <p>Owns native memory: the kernel, its constant arguments, and the weights as the kernel wants
 * them, which live inside an {@link IValue} because the engine's arrays cannot carry bfloat16.
 * Thread-safe; {@link #close} must not run while a batch does.
 */
public final class TransformerReplica implements AutoCloseable {
  /**
   * What one more attention call costs, in entries of the attention matrix: next to nothing on a
   * CPU, where gathering costs as much, and a launch on a GPU.
   */
  private static final long CPU_CALL_COST = 0;

  private static final long GPU_CALL_COST = 4_000_000;

  private final PtNDManager manager;
  private final Torch.Kernel kernel;
  private final IValue weights;
  private final IValue[] constants;
  private final TransformerConfig config;
  private final int dimension;
  private final boolean gpu;
  private final Queue<ByteBuffer> layouts = new ConcurrentLinkedQueue<>();

  /**
   * Loads a checkpoint's weights.
   *
   * @throws CheckpointException if the architecture is not supported or the weights do not fit it
   */
  public TransformerReplica(Checkpoint checkpoint, Device device, Arithmetic arithmetic) {
    requirePooling(checkpoint);
    this.config = checkpoint.config();
    this.dimension = checkpoint.dimension();
    this.gpu = device.isGpu();
    List<BertParameters.Parameter> parameters = BertParameters.of(config);
    String activation = BertParameters.activation(config);
    this.manager = Torch.newManager(Device.cpu());
    IValue prepared = null;
    try {
      this.kernel = Torch.loadKernel(manager);
      prepared = Torch.call(() -> prepare(checkpoint, parameters, device, arithmetic));
      this.weights = prepared;
      this.constants =
          new IValue[] {
            IValue.from(config.heads()),
            IValue.from(config.layers()),
            IValue.from(config.layerNormEps()),
            IValue.from(activation),
            IValue.from(arithmetic.typeCode()),
            IValue.from(arithmetic.fused()),
            IValue.from(BertParameters.firstPosition(config)),
            IValue.listFrom(poolingModes(checkpoint)),
            IValue.from(normalizes(checkpoint))
          };
    } catch (RuntimeException e) {
      if (prepared != null) {
        prepared.close();
      }
      manager.close();
      throw e;
    }
  }

  /** The most tokens that a sequence can have. */
  public static int positions(TransformerConfig config) {
    return config.maxPositionEmbeddings() - BertParameters.firstPosition(config);
  }

  /** The arithmetic that the processor can do fast, fp32 first. */
  public static List<Arithmetic> candidates(Device device) {
    List<Arithmetic> list = new ArrayList<>();
    list.add(new Arithmetic(Precision.FP32, false));
    if (device.isGpu()) {
      list.add(new Arithmetic(Precision.FP16, false));
      list.add(new Arithmetic(Precision.BF16, false));
      return list;
    }
    try (PtNDManager manager = Torch.newManager(Device.cpu())) {
      Torch.Kernel kernel = Torch.loadKernel(manager);
      if (kernel.oneDnn()) {
        list.add(new Arithmetic(Precision.FP32, true));
        try (IValue support = IValueUtils.runMethod(kernel.block(), "half_support")) {
          boolean[] halves = support.toBooleanArray();
          if (halves[0]) {
            list.add(new Arithmetic(Precision.BF16, true));
          }
          if (halves[1]) {
            list.add(new Arithmetic(Precision.FP16, true));
          }
        }
      }
    }
    return list;
  }

  /**
   * Encodes a batch in one native call.
   *
   * @param threads threads that an operator may use, on a CPU
   * @return one embedding for each text, in the order given
   */
  public float[][] encode(List<TokenizedText> batch, int threads) {
    Torch.prepareThread(threads);
    PackedBatch packed = new PackedBatch(batch, gpu ? GPU_CALL_COST : CPU_CALL_COST);
    ByteBuffer buffer = borrowLayout(packed.layoutSize() * Integer.BYTES);
    try {
      packed.writeLayout(buffer.asIntBuffer(), config.vocabSize());
      return Torch.call(() -> run(packed, buffer));
    } finally {
      layouts.add(buffer);
    }
  }

  private float[][] run(PackedBatch packed, ByteBuffer buffer) {
    IValue[] arguments = new IValue[5 + constants.length];
    System.arraycopy(constants, 0, arguments, 5, constants.length);
    int rows = packed.order().length;
    try (PtNDArray layout = manager.create(buffer, new Shape(packed.layoutSize()), DataType.INT32);
        IValue layoutValue = IValue.from(layout);
        IValue tokens = IValue.from(packed.tokens());
        IValue batchSize = IValue.from(rows);
        IValue groups = IValue.listFrom(packed.groups())) {
      arguments[0] = weights;
      arguments[1] = layoutValue;
      arguments[2] = tokens;
      arguments[3] = batchSize;
      arguments[4] = groups;
      try (IValue result = IValueUtils.runMethod(kernel.block(), "forward", arguments);
          PtNDArray embeddings = result.toTensor(manager)) {
        FloatBuffer floats = embeddings.toByteBuffer(true).asFloatBuffer();
        float[][] out = new float[rows][dimension];
        for (int index : packed.order()) {
          floats.get(out[index]);
        }
        return out;
      }
    }
  }

  private ByteBuffer borrowLayout(int bytes) {
    ByteBuffer buffer = layouts.poll();
    if (buffer == null || buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(Math.max(bytes, 1 << 16)).order(ByteOrder.nativeOrder());
    }
    buffer.clear().limit(bytes);
    return buffer;
  }

  private IValue prepare(
      Checkpoint checkpoint,
      List<BertParameters.Parameter> parameters,
      Device device,
      Arithmetic arithmetic) {
    try (PtNDManager staging = Torch.newManager(Device.cpu());
        PtNDManager target = Torch.newManager(device);
        Weights source = checkpoint.weights()) {
      PtNDArray[] arrays = new PtNDArray[parameters.size()];
      for (int i = 0; i < arrays.length; i++) {
        arrays[i] = array(staging, source, parameters.get(i), checkpoint);
      }
      PtNDArray like = target.create(new Shape(1), DataType.FLOAT32);
      try (IValue list = IValue.listFrom(arrays);
          IValue layers = IValue.from(config.layers());
          IValue likeValue = IValue.from(like);
          IValue type = IValue.from(arithmetic.typeCode());
          IValue fused = IValue.from(arithmetic.fused())) {
        return IValueUtils.runMethod(
            kernel.block(), "prepare", list, layers, likeValue, type, fused);
      }
    }
  }

  private static PtNDArray array(
      PtNDManager manager,
      Weights source,
      BertParameters.Parameter parameter,
      Checkpoint checkpoint) {
    Tensor tensor = source.get(parameter.name());
    if (!tensor.type().shape().equals(parameter.shape())) {
      throw new CheckpointException(
          "%s: %s has shape %s, but config.json says %s"
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

  /**
   * The kernel computes a transformer, one pooling and at most one normalization, in this order.
   */
  private static void requirePooling(Checkpoint checkpoint) {
    List<SentenceModule> modules = checkpoint.modules();
    boolean supported =
        modules.size() >= 2
            && modules.size() <= 3
            && modules.get(1) instanceof SentenceModule.Pooling
            && (modules.size() == 2 || modules.get(2) instanceof SentenceModule.Normalize);
    if (!supported) {
      throw new CheckpointException(
          "%s: the modules %s are not supported; Transformer, Pooling and, if wanted, Normalize are"
              .formatted(
                  checkpoint.directory().resolve("modules.json"),
                  modules.stream().map(module -> module.getClass().getSimpleName()).toList()));
    }
  }

  private static long[] poolingModes(Checkpoint checkpoint) {
    return checkpoint.modules().stream()
        .filter(SentenceModule.Pooling.class::isInstance)
        .map(SentenceModule.Pooling.class::cast)
        .flatMap(pooling -> pooling.modes().stream())
        .mapToLong(TransformerReplica::code)
        .toArray();
  }

  /** The kernel's code of a mode. */
  private static long code(PoolingMode mode) {
    return switch (mode) {
      case CLS -> 0;
      case MAX -> 1;
      case MEAN -> 2;
      case MEAN_SQRT_LENGTH -> 3;
      case WEIGHTED_MEAN -> 4;
      case LAST_TOKEN -> 5;
    };
  }

  private static boolean normalizes(Checkpoint checkpoint) {
    return checkpoint.modules().stream().anyMatch(SentenceModule.Normalize.class::isInstance);
  }

  /** Frees the weights and the kernel. */
  @Override
  public void close() {
    weights.close();
    for (IValue constant : constants) {
      constant.close();
    }
    manager.close();
  }
}
