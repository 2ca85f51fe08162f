package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.internal.BertParameters.Parameter;
import io.sentencestreams.model.training.TensorScript;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A transformer of any architecture as a step: token ids to token embeddings and, if asked for, the
 * states of all layers. One script computes inference, on weights that were converted once, and
 * training, which converts its parameters in each pass so that gradients reach them.
 */
final class TransformerStep implements Step {
  /** In the order of the script's codes. */
  private static final List<String> ACTIVATIONS = List.of("gelu", "gelu_tanh", "relu");

  private final TransformerConfig config;
  private final Arithmetic arithmetic;
  private final boolean allLayers;
  private final TensorScript script;
  private final ParameterArrays arrays;
  private final PtNDManager manager;
  private final Torch.Kernel kernel;
  private final IValue prepared;

  private TransformerStep(
      TransformerConfig config,
      Arithmetic arithmetic,
      boolean allLayers,
      TensorScript script,
      ParameterArrays arrays,
      PtNDManager manager,
      Torch.Kernel kernel,
      IValue prepared) {
    this.config = config;
    this.arithmetic = arithmetic;
    this.allLayers = allLayers;
    this.script = script;
    this.arrays = arrays;
    this.manager = manager;
    this.kernel = kernel;
    this.prepared = prepared;
  }

  /** For training: the parameters are arrays of the manager, in fp32. */
  static TransformerStep trainable(
      Checkpoint checkpoint,
      NDManager manager,
      TensorScript script,
      Arithmetic arithmetic,
      boolean allLayers) {
    TransformerConfig config = checkpoint.config();
    ParameterArrays arrays =
        ParameterArrays.read(
            manager,
            checkpoint,
            (SentenceModule.Weighted) checkpoint.modules().get(0),
            parameters(config),
            true);
    return new TransformerStep(config, arithmetic, allLayers, script, arrays, null, null, null);
  }

  /** For inference: the weights have the type of the arithmetic, and a form of their own. */
  static TransformerStep serving(
      Checkpoint checkpoint, Device device, Arithmetic arithmetic, boolean allLayers) {
    TransformerConfig config = checkpoint.config();
    PtNDManager manager = Torch.newManager(Device.cpu());
    try {
      Torch.Kernel kernel = Torch.loadModuleKernel(manager);
      IValue prepared =
          Torch.call(() -> prepare(checkpoint, kernel, device, arithmetic, allLayers));
      return new TransformerStep(
          config, arithmetic, allLayers, null, ParameterArrays.NONE, manager, kernel, prepared);
    } catch (RuntimeException | OutOfMemoryError e) {
      manager.close();
      throw e;
    }
  }

  private static boolean isXlnet(TransformerConfig config) {
    return config.modelType().equals("xlnet");
  }

  private static List<Parameter> parameters(TransformerConfig config) {
    return isXlnet(config) ? XlnetParameters.of(config) : BertParameters.ofVariant(config);
  }

  private static IValue prepare(
      Checkpoint checkpoint,
      Torch.Kernel kernel,
      Device device,
      Arithmetic arithmetic,
      boolean allLayers) {
    TransformerConfig config = checkpoint.config();
    List<Parameter> parameters = parameters(config);
    long[] numbers = numbers(config, arithmetic, allLayers, false, 0, new long[2], new long[0]);
    try (PtNDManager staging = Torch.newManager(Device.cpu());
        PtNDManager target = Torch.newManager(device);
        Weights source = checkpoint.weights()) {
      PtNDArray[] arrays = new PtNDArray[parameters.size()];
      for (int i = 0; i < arrays.length; i++) {
        arrays[i] = KernelWeights.array(staging, source, parameters.get(i), checkpoint);
      }
      String method = isXlnet(config) ? "prepare_xlnet" : "prepare_variant";
      PtNDArray like = target.create(new Shape(1), DataType.FLOAT32);
      try (IValue list = IValue.listFrom(arrays);
          IValue ints = IValue.from((PtNDArray) staging.create(numbers));
          IValue likeValue = IValue.from(like)) {
        return IValueUtils.runMethod(kernel.block(), method, list, ints, likeValue);
      }
    }
  }

  /** What the script's comment says, and at the end the groups of the batch. */
  private static long[] numbers(
      TransformerConfig config,
      Arithmetic arithmetic,
      boolean allLayers,
      boolean training,
      long seed,
      long[] sizes,
      long[] groups) {
    long[] own = isXlnet(config) ? xlnetNumbers(config) : variantNumbers(config);
    long[] common = {
      sizes[0],
      sizes[1],
      config.heads(),
      arithmetic.typeCode(),
      arithmetic.fused() ? 1 : 0,
      training ? 1 : 0,
      seed,
      allLayers ? 1 : 0,
      own.length
    };
    return Stream.of(common, own, groups).flatMapToLong(LongStream::of).toArray();
  }

  private static long[] xlnetNumbers(TransformerConfig config) {
    return new long[] {
      activation(config), config.family().clampLength(), config.family().tokenTypes() ? 1 : 0
    };
  }

  private static long[] variantNumbers(TransformerConfig config) {
    TransformerConfig.Family family = config.family();
    long[] fixed = {
      BertParameters.firstPosition(config),
      activation(config),
      BertParameters.isProjected(config) ? 1 : 0,
      family.relativeBuckets() > 0 ? 1 : 0,
      family.preNorm() ? 1 : 0,
      // ALBERT's layers have a dropout for their output that they never apply.
      family.layerGroups() > 0 ? 0 : 1
    };
    return LongStream.concat(LongStream.of(fixed), order(config)).toArray();
  }

  /** Which of the distinct layers each layer is. */
  private static LongStream order(TransformerConfig config) {
    int groups = config.family().layerGroups();
    if (groups == 0) {
      return LongStream.range(0, config.layers());
    }
    int inner = config.family().layersInGroup();
    return LongStream.range(0, (long) config.layers() * inner)
        .map(i -> i / inner * groups / config.layers() * inner + i % inner);
  }

  private static long activation(TransformerConfig config) {
    return ACTIVATIONS.indexOf(BertParameters.activation(config));
  }

  @Override
  public void forward(Pass pass) {
    boolean training = prepared == null;
    long[] numbers =
        numbers(
            config,
            arithmetic,
            allLayers,
            training,
            pass.mode().dropout().seed(),
            pass.sizes(),
            pass.packed().groups());
    double[] floats = {
      config.layerNormEps(), pass.mode().dropout().hidden(), pass.mode().dropout().attention()
    };
    String method = isXlnet(config) ? "xlnet" : "variant";
    NDList layers =
        training ? train(pass, method, numbers, floats) : serve(pass, method, numbers, floats);
    pass.setStates(layers.get(layers.size() - 1));
    pass.setLayers(List.copyOf(layers));
  }

  private NDList train(Pass pass, String method, long[] numbers, double[] floats) {
    try (NDArray ints = pass.numbers(numbers);
        NDArray reals = pass.numbers(floats)) {
      return script.call(
          pass.memory(),
          method,
          pass.mode().gradients(),
          pass.mode().threads(),
          pass.layout(),
          ints,
          reals,
          arrays.all());
    }
  }

  private NDList serve(Pass pass, String method, long[] numbers, double[] floats) {
    Torch.prepareThread(pass.mode().threads());
    try (NDArray ints = pass.numbers(numbers);
        NDArray reals = pass.numbers(floats);
        IValue layout = IValue.from((PtNDArray) pass.layout());
        IValue intsValue = IValue.from((PtNDArray) ints);
        IValue realsValue = IValue.from((PtNDArray) reals)) {
      return Torch.call(
          () -> {
            try (IValue result =
                IValueUtils.runMethod(
                    kernel.block(), method, layout, intsValue, realsValue, prepared)) {
              return result.toNDList((PtNDManager) pass.memory());
            }
          });
    }
  }

  @Override
  public Map<String, NDArray> parameters() {
    return arrays.named();
  }

  @Override
  public void close() {
    // Parameters are their manager's.
    if (prepared != null) {
      prepared.close();
      manager.close();
    }
  }
}
