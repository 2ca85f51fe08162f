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
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A model's weights on one device, and the kernel that runs on them.
 *
 * <p>Owns native memory: the kernel, its constant arguments, and the weights as the kernel wants
 * them, which live inside an {@link IValue} because the engine's arrays cannot carry bfloat16.
 * Thread-safe; {@link #close} must not run while a batch does.
 */
public final class TransformerReplica implements Replica {
  /**
   * What one more attention call costs, in entries of the attention matrix: next to nothing on a
   * CPU, where gathering costs as much, and a launch on a GPU.
   */
  private static final long CPU_CALL_COST = 0;

  private static final long GPU_CALL_COST = 4_000_000;

  /** Tokens whose states stay in the cache from one operator to the next, by measurement. */
  private static final int CACHED_TOKENS = 2048;

  private final PtNDManager manager;
  private final Torch.Kernel kernel;
  private final IValue weights;
  private final IValue[] constants;
  private final boolean int8;
  private final TransformerConfig config;
  private final int dimension;
  private final boolean gpu;

  /**
   * Whether texts lie in blocks. Not in int8: what their neighbours change in the last bits would
   * be rounded to whole steps, and a text's vector would depend on its batch.
   */
  private final boolean blocks;

  private final Queue<ByteBuffer> layouts = new ConcurrentLinkedQueue<>();

  /**
   * Loads the weights of a checkpoint that the {@link FastPath} fits.
   *
   * @throws CheckpointException if the architecture is not supported or the weights do not fit it
   * @throws IllegalArgumentException if the device cannot compute in int8 and that is asked for
   */
  public TransformerReplica(Checkpoint checkpoint, Device device, Arithmetic arithmetic) {
    if (arithmetic.precision() == Precision.INT8 && device.isGpu()) {
      throw new IllegalArgumentException(
          "precision int8 is for CPUs, not for %s: choose the device cpu or another precision"
              .formatted(device));
    }
    this.config = checkpoint.config();
    this.dimension = FastPath.dimension(checkpoint);
    this.gpu = device.isGpu();
    String activation = BertParameters.activation(config);
    this.manager = Torch.newManager(Device.cpu());
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
          IValue.from(FastPath.normalizes(checkpoint))
        };
    try {
      this.int8 = arithmetic.precision() == Precision.INT8;
      this.kernel =
          int8 ? Torch.loadInt8Kernel(manager, arithmetic.fused()) : Torch.loadKernel(manager);
      this.blocks = arithmetic.precision() == Precision.BF16 && arithmetic.fused();
      this.weights = Torch.call(() -> prepare(checkpoint, device, arithmetic));
    } catch (RuntimeException | OutOfMemoryError e) {
      closeAll(constants);
      manager.close();
      throw e;
    }
  }

  /** Whether oneDNN has kernels for bf16 and for fp16 on this processor. */
  private static boolean[] halfSupport(Torch.Kernel kernel) {
    try (IValue support = IValueUtils.runMethod(kernel.block(), "half_support")) {
      return support.toBooleanArray();
    }
  }

  private static void closeAll(IValue[] values) {
    for (IValue value : values) {
      value.close();
    }
  }

  private IValue prepare(Checkpoint checkpoint, Device device, Arithmetic arithmetic) {
    Arithmetic plain = int8 ? new Arithmetic(Precision.FP32, false) : arithmetic;
    IValue prepared = KernelWeights.prepare(kernel, checkpoint, device, plain);
    if (!int8) {
      return prepared;
    }
    try (prepared) {
      float[] ranges = observe(prepared, checkpoint);
      return Quantization.pack(kernel, prepared, config.layers(), ranges);
    }
  }

  /** Range of the activations before each linear layer, over a sample of texts. */
  private float[] observe(IValue prepared, Checkpoint checkpoint) {
    Torch.prepareThread(1); // sums, and with them the ranges, depend on the number of threads
    List<TokenizedText> sample = Quantization.sample(checkpoint);
    PackedBatch packed = new PackedBatch(sample, CPU_CALL_COST);
    ByteBuffer buffer = borrowLayout(packed.layoutSize() * Integer.BYTES);
    packed.writeLayout(
        buffer.asIntBuffer(), config.vocabSize(), BertParameters.secondPositions(config));
    return run("observe", prepared, packed, buffer, PtNDArray::toFloatArray);
  }

  /**
   * The ways to compute in int8 that this build of libtorch has and this processor is exact in; how
   * fast each is, is to be measured.
   */
  public static List<Arithmetic> int8Candidates() {
    List<Arithmetic> list = new ArrayList<>();
    list.add(new Arithmetic(Precision.INT8, false));
    if (!Devices.multipliesBytes()) {
      return list;
    }
    try (PtNDManager manager = Torch.newManager(Device.cpu())) {
      if (Torch.loadKernel(manager).oneDnn()) {
        list.add(new Arithmetic(Precision.INT8, true));
      }
    }
    return list;
  }

  /** The arithmetic that the processor can do fast, fp32 first; int8 is not among it. */
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
        boolean[] halves = halfSupport(kernel);
        if (halves[0]) {
          list.add(new Arithmetic(Precision.BF16, true));
        }
        if (halves[1]) {
          list.add(new Arithmetic(Precision.FP16, true));
        }
      }
    }
    return list;
  }

  /** Encodes a batch in one native call, or a large one part by part. */
  @Override
  public float[][] encode(List<TokenizedText> batch, int threads) {
    Torch.prepareThread(threads);
    float[][] rows = new float[batch.size()][];
    for (List<Integer> part : parts(batch)) {
      List<TokenizedText> texts = part.stream().map(batch::get).toList();
      float[][] embeddings = encode(texts);
      for (int i = 0; i < embeddings.length; i++) {
        rows[part.get(i)] = embeddings[i];
      }
    }
    return rows;
  }

  /** Parts of about as many tokens, dealt out by length, so that each has all lengths. */
  private List<List<Integer>> parts(List<TokenizedText> batch) {
    List<Integer> order = new ArrayList<>(batch.size());
    long tokens = 0;
    for (int i = 0; i < batch.size(); i++) {
      order.add(i);
      tokens += batch.get(i).length();
    }
    if (!blocks || tokens <= CACHED_TOKENS * 5 / 4) {
      return List.of(order);
    }
    order.sort(Comparator.comparingInt(i -> batch.get(i).length()));
    int count = Math.toIntExact(Math.min(batch.size(), tokens / CACHED_TOKENS + 1));
    return IntStream.range(0, count)
        .mapToObj(
            part ->
                IntStream.iterate(part, i -> i < order.size(), i -> i + count)
                    .mapToObj(order::get)
                    .toList())
        .toList();
  }

  private float[][] encode(List<TokenizedText> batch) {
    PackedBatch packed =
        blocks
            ? PackedBatch.inBlocks(batch)
            : new PackedBatch(batch, gpu ? GPU_CALL_COST : CPU_CALL_COST);
    ByteBuffer buffer = borrowLayout(packed.layoutSize() * Integer.BYTES);
    try {
      packed.writeLayout(
          buffer.asIntBuffer(), config.vocabSize(), BertParameters.secondPositions(config));
      String method = int8 ? "forward_int8" : "forward";
      return Torch.call(
          () ->
              run(
                  method,
                  weights,
                  packed,
                  buffer,
                  tensor -> rows(tensor, packed.order(), batch.size())));
    } finally {
      layouts.add(buffer);
    }
  }

  /** Not where texts lie in blocks: mixed ones leave the smallest gaps. */
  @Override
  public boolean wantsLikeLengths() {
    return !blocks;
  }

  private <T> T run(
      String method,
      IValue prepared,
      PackedBatch packed,
      ByteBuffer buffer,
      Function<PtNDArray, T> read) {
    IValue[] arguments = new IValue[6 + constants.length];
    System.arraycopy(constants, 0, arguments, 6, constants.length);
    try (PtNDArray layout = manager.create(buffer, new Shape(packed.layoutSize()), DataType.INT32);
        IValue layoutValue = IValue.from(layout);
        IValue tokens = IValue.from(packed.tokens());
        IValue batchSize = IValue.from(packed.sequences());
        IValue groups = IValue.listFrom(packed.groups());
        IValue shared = IValue.from(packed.shared())) {
      arguments[0] = prepared;
      arguments[1] = layoutValue;
      arguments[2] = tokens;
      arguments[3] = batchSize;
      arguments[4] = groups;
      arguments[5] = shared;
      try (IValue result = IValueUtils.runMethod(kernel.block(), method, arguments);
          PtNDArray tensor = result.toTensor(manager)) {
        return read.apply(tensor);
      }
    }
  }

  private float[][] rows(PtNDArray embeddings, int[] order, int texts) {
    FloatBuffer floats = embeddings.toByteBuffer(true).asFloatBuffer();
    float[][] out = new float[texts][dimension];
    for (int index : order) {
      if (index == PackedBatch.GAP) {
        floats.position(floats.position() + dimension);
      } else {
        floats.get(out[index]);
      }
    }
    return out;
  }

  private ByteBuffer borrowLayout(int bytes) {
    ByteBuffer buffer = layouts.poll();
    if (buffer == null || buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(Math.max(bytes, 1 << 16)).order(ByteOrder.nativeOrder());
    }
    buffer.clear().limit(bytes);
    return buffer;
  }

  static long[] poolingModes(Checkpoint checkpoint) {
    return poolingModes(FastPath.pooling(checkpoint));
  }

  /** The kernels' codes of the modes of a pooling. */
  public static long[] poolingModes(SentenceModule.Pooling pooling) {
    return pooling.modes().stream().mapToLong(TransformerReplica::code).toArray();
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

  /** Frees the weights and the kernel. */
  @Override
  public void close() {
    weights.close();
    closeAll(constants);
    manager.close();
  }
}
