package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.TensorScript;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A transformer whose weights can be trained, on one device. Owns native memory: the script and the
 * weights. For one thread at a time.
 */
public final class TrainableTransformer implements AutoCloseable {
  /**
   * What one more attention call costs, in entries of the attention matrix: its nodes of the
   * backward pass.
   */
  private static final long CPU_CALL_COST = 20_000;

  private static final long GPU_CALL_COST = 4_000_000;

  /** In the order of the script's codes. */
  private static final List<String> ACTIVATIONS = List.of("gelu", "gelu_tanh", "relu");

  /** Integers before the pooling modes: see the script. */
  private static final int FIXED_NUMBERS = 10;

  private final PtNDManager manager;
  private final TensorScript script;
  private final TransformerConfig config;
  private final ParameterArrays parameters;
  private final long activation;
  private final long typeCode;
  private final long[] poolingModes;
  private final boolean normalize;
  private final long callCost;

  /**
   * Reads the weights of a checkpoint that the {@link FastPath} fits, as fp32.
   *
   * @param precision what the layers compute in: fp32 or bf16
   * @throws CheckpointException if the architecture is not supported or the weights do not fit it
   */
  public TrainableTransformer(Checkpoint checkpoint, Device device, Precision precision) {
    this.config = checkpoint.config();
    this.typeCode = new Arithmetic(precision, false).typeCode();
    this.poolingModes = TransformerReplica.poolingModes(checkpoint);
    this.normalize = FastPath.normalizes(checkpoint);
    this.callCost = device.isGpu() ? GPU_CALL_COST : CPU_CALL_COST;
    this.activation = ACTIVATIONS.indexOf(BertParameters.activation(config));
    this.manager = Torch.newManager(device);
    TensorScript compiled = null;
    try {
      compiled = TensorScript.compile(Torch.trainingKernel());
      this.parameters =
          ParameterArrays.read(
              manager,
              checkpoint,
              (SentenceModule.Weighted) checkpoint.modules().get(0),
              BertParameters.of(config),
              true);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (compiled != null) {
        compiled.close();
      }
      manager.close();
      throw e;
    }
    this.script = compiled;
  }

  /** The parameters by their Hugging Face names, in the order of the kernel; fp32. */
  public Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters.named());
  }

  /** A new child of the memory on this device; the caller closes it. */
  public NDManager newManager() {
    return manager.newSubManager();
  }

  /**
   * Computes embeddings.
   *
   * @param target takes the result
   * @param gradients whether the result can be differentiated
   * @param threads threads that an operator may use, on a CPU
   * @return fp32, [texts, dimension], in the order of the batch
   */
  public NDArray forward(
      NDManager target,
      List<TokenizedText> batch,
      Dropout dropout,
      boolean gradients,
      int threads) {
    PackedBatch packed = new PackedBatch(batch, callCost);
    double[] floats = {config.layerNormEps(), dropout.hidden(), dropout.attention()};
    try (NDManager inputs = Torch.newManager(Device.cpu())) {
      return script
          .call(
              target,
              "forward_training",
              gradients,
              threads,
              layout(inputs, packed),
              inputs.create(numbers(packed, dropout.seed())),
              inputs.create(floats),
              parameters.all())
          .singletonOrThrow();
    }
  }

  private NDArray layout(NDManager inputs, PackedBatch packed) {
    int[] order = packed.order();
    int size = packed.layoutSize() + order.length;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(size * Integer.BYTES).order(ByteOrder.nativeOrder());
    IntBuffer out = bytes.asIntBuffer();
    packed.writeLayout(out, config.vocabSize());
    int[] rows = new int[order.length];
    for (int row = 0; row < order.length; row++) {
      rows[order[row]] = row;
    }
    out.put(rows);
    return inputs.create(bytes, new Shape(size), DataType.INT32);
  }

  private long[] numbers(PackedBatch packed, long seed) {
    long[] groups = packed.groups();
    long[] numbers =
        Arrays.copyOf(fixed(packed, seed), FIXED_NUMBERS + poolingModes.length + groups.length);
    System.arraycopy(poolingModes, 0, numbers, FIXED_NUMBERS, poolingModes.length);
    System.arraycopy(groups, 0, numbers, FIXED_NUMBERS + poolingModes.length, groups.length);
    return numbers;
  }

  private long[] fixed(PackedBatch packed, long seed) {
    return new long[] {
      packed.tokens(),
      packed.order().length,
      config.heads(),
      config.layers(),
      BertParameters.firstPosition(config),
      typeCode,
      normalize ? 1 : 0,
      seed,
      poolingModes.length,
      activation
    };
  }

  @Override
  public void close() {
    script.close();
    manager.close();
  }
}
