package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.ForwardPass;
import io.sentencestreams.model.training.Lanes;
import io.sentencestreams.model.training.TensorScript;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A transformer whose weights can be trained, on one device. Owns native memory, the script and the
 * weights, and the threads of its lanes. For one thread at a time.
 */
public final class TrainableTransformer implements AutoCloseable {
  /** What one more group costs, in entries of the attention matrix: its operators' calls. */
  private static final long CPU_CALL_COST = 4_000;

  private static final long GPU_CALL_COST = 4_000_000;

  /** In the order of the script's codes. */
  private static final List<String> ACTIVATIONS = List.of("gelu", "gelu_tanh", "relu");

  final PtNDManager manager;
  final PtSymbolBlock kernel;
  final TensorScript script;
  final TransformerConfig config;
  final ParameterArrays parameters;
  final TrainingLayout.Shapes shapes;
  final Lanes lanes;
  final long activation;
  final long typeCode;
  final long[] poolingModes;
  final boolean normalize;

  /**
   * Reads the weights of a checkpoint that the {@link FastPath} fits, as fp32.
   *
   * @param precision what the layers compute in: fp32 or bf16
   * @param threads threads to compute with, on a CPU
   * @throws CheckpointException if the architecture is not supported or the weights do not fit it
   */
  public TrainableTransformer(
      Checkpoint checkpoint, Device device, Precision precision, int threads) {
    this.config = checkpoint.config();
    this.typeCode = new Arithmetic(precision, false).typeCode();
    this.poolingModes = TransformerReplica.poolingModes(checkpoint);
    this.normalize = FastPath.normalizes(checkpoint);
    this.activation = ACTIVATIONS.indexOf(BertParameters.activation(config));
    // Only oneDNN compiles for a shape; on a CPU it multiplies what is not fp32.
    this.shapes =
        device.isGpu()
            ? new TrainingLayout.Shapes(1, false, GPU_CALL_COST)
            : new TrainingLayout.Shapes(16, precision != Precision.FP32, CPU_CALL_COST);
    this.manager = Torch.newManager(device);
    TensorScript compiled = null;
    try {
      this.kernel = Torch.compile(manager, Torch.trainingKernel());
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
    this.lanes = device.isGpu() ? Lanes.one(threads) : Lanes.of(threads);
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
   * @param target takes the embeddings, and all that is made on the way from the states to them
   * @param gradients whether the embeddings can be differentiated
   * @param threads threads that an operator may use behind the layers, on a CPU
   * @return the caller closes it
   */
  public ForwardPass forward(
      NDManager target,
      List<TokenizedText> batch,
      Dropout dropout,
      boolean gradients,
      int threads) {
    return new TransformerPass(this, target, batch, dropout, gradients, threads);
  }

  /** Calls the kernel in a lane; the result is the caller's. */
  IValue call(String method, IValue... arguments) {
    return Torch.call(() -> IValueUtils.runMethod(kernel, method, arguments));
  }

  /**
   * The weights as the layers compute with them; the caller closes them.
   *
   * @param memory takes their arrays
   */
  IValue weights(NDManager memory) {
    PtNDArray[] all =
        parameters.all().stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new);
    List<Callable<PtNDArray[]>> tasks = new ArrayList<>();
    int parts = Math.min(lanes.count(), config.layers());
    for (int i = 0; i < parts; i++) {
      int from = i * config.layers() / parts;
      int to = (i + 1) * config.layers() / parts;
      tasks.add(() -> weights(memory, all, from, to));
    }
    PtNDArray[] weights =
        lanes.run(tasks).stream().flatMap(Arrays::stream).toArray(PtNDArray[]::new);
    return IValue.listFrom(weights);
  }

  /** Of some layers, and in front of the first those of the embeddings. */
  private PtNDArray[] weights(NDManager memory, PtNDArray[] all, int from, int to) {
    try (IValue list = IValue.listFrom(all);
        IValue numbers = IValue.listFrom(typeCode, from, to);
        IValue converted = call("convert", list, numbers)) {
      return converted.toTensorArray((PtNDManager) memory);
    }
  }

  /**
   * The gradients of all parameters, as arrays of the manager that are changed in place; where a
   * parameter has none, a stand-in that must not be.
   */
  PtNDArray[] gradients(NDManager memory) {
    createGradients();
    PtNDArray[] found = new PtNDArray[parameters.all().size()];
    for (int i = 0; i < found.length; i++) {
      PtNDArray parameter = (PtNDArray) parameters.all().get(i);
      if (parameter.hasGradient()) {
        found[i] = parameter.getGradient();
        found[i].attach(memory);
      } else {
        found[i] = parameter;
      }
    }
    return found;
  }

  /** Those that autograd has not created yet: there is no other way from Java to attach one. */
  private void createGradients() {
    List<NDArray> without =
        parameters.named().values().stream().filter(TrainableTransformer::lacksGradient).toList();
    if (!without.isEmpty()) {
      try (NDManager memory = newManager()) {
        NDArray sum =
            script
                .call(memory, "nothing", true, TensorScript.SAME_THREADS, without)
                .singletonOrThrow();
        NDArray one = memory.ones(sum.getShape(), DataType.FLOAT32);
        Torch.call(
            () -> {
              JniUtils.backward((PtNDArray) sum, (PtNDArray) one, false, false);
              return null;
            });
      }
    }
  }

  private static boolean lacksGradient(NDArray parameter) {
    if (!parameter.hasGradient()) {
      return false;
    }
    try (PtNDArray gradient = JniUtils.getGradient((PtNDArray) parameter)) {
      return gradient == null;
    }
  }

  @Override
  public void close() {
    lanes.close();
    script.close();
    manager.close();
  }
}
