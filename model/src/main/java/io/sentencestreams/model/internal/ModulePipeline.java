package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.training.TensorScript;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Modules of a model as steps on one device. Owns native memory: scripts and weights. For one
 * thread at a time in training; any number in inference.
 */
final class ModulePipeline implements AutoCloseable {
  private static final long CPU_CALL_COST = 0;

  /** What one more attention call costs, in entries of the attention matrix: a launch. */
  private static final long GPU_CALL_COST = 4_000_000;

  private final Device device;
  private final PtNDManager manager;
  private final TensorScript script;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();
  private final int vocabularySize;
  private final boolean words;
  private final int secondPositions;

  /**
   * Reads the weights of modules.
   *
   * @param modules all of a checkpoint, or its last ones
   * @param arithmetic of a transformer
   * @param trained whether parameters are to have gradients
   * @throws io.sentencestreams.model.checkpoint.CheckpointException if weights do not fit
   */
  ModulePipeline(
      Checkpoint checkpoint,
      List<SentenceModule> modules,
      Device device,
      Arithmetic arithmetic,
      boolean trained) {
    this.device = device;
    this.vocabularySize = vocabularySize(checkpoint);
    this.words = !checkpoint.hasTransformer();
    this.secondPositions = words ? 0 : BertParameters.secondPositions(checkpoint.config());
    this.manager = Torch.newManager(device);
    this.script = compile(manager);
    try {
      Steps maker = new Steps(manager, checkpoint, trained);
      for (int i = 0; i < modules.size(); i++) {
        SentenceModule module = modules.get(i);
        Step step;
        if (module instanceof SentenceModule.WordEmbeddings table && isMean(modules, i + 1)) {
          step = maker.meanOf(table);
          i++; // the pooling
        } else if (module instanceof SentenceModule.Transformer) {
          boolean all = modules.stream().anyMatch(ModulePipeline::readsLayers);
          step =
              trained
                  ? TransformerStep.trainable(checkpoint, manager, script, arithmetic, all)
                  : TransformerStep.serving(checkpoint, device, arithmetic, all);
        } else {
          step = maker.of(module);
        }
        steps.add(step);
        String prefix = checkpoint.parameterPrefix(module);
        step.parameters().forEach((name, array) -> parameters.put(prefix + name, array));
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      close();
      throw e;
    }
  }

  private static TensorScript compile(PtNDManager manager) {
    try {
      return TensorScript.compile(Torch.moduleSteps());
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static boolean isMean(List<SentenceModule> modules, int index) {
    return index < modules.size()
        && modules.get(index) instanceof SentenceModule.Pooling pooling
        && pooling.modes().equals(List.of(PoolingMode.MEAN));
  }

  private static boolean readsLayers(SentenceModule module) {
    return module instanceof SentenceModule.WeightedLayerPooling
        || module instanceof SentenceModule.WkPooling;
  }

  private static int vocabularySize(Checkpoint checkpoint) {
    SentenceModule first = checkpoint.modules().get(0);
    if (first instanceof SentenceModule.WordEmbeddings words) {
      return words.vocabularySize();
    }
    if (first instanceof SentenceModule.StaticEmbedding table) {
      return table.vocabularySize();
    }
    if (first instanceof SentenceModule.BagOfWords bag) {
      return bag.vocabularySize();
    }
    return checkpoint.config().vocabSize();
  }

  /** Parameters that are trained, by their names. */
  Map<String, NDArray> parameters() {
    return parameters;
  }

  /** Memory on the device for the arrays of a pass; the caller closes it. */
  NDManager newManager() {
    return manager.newSubManager();
  }

  /** Embeddings of a batch, [texts, dimension], in its order; the memory takes them. */
  NDArray forward(NDManager memory, List<TokenizedText> batch, Pass.Mode mode) {
    PackedBatch packed = new PackedBatch(batch, device.isGpu() ? GPU_CALL_COST : CPU_CALL_COST);
    Pass pass = new Pass(memory, script, mode, packed, vocabularySize, words, secondPositions);
    steps.forEach(step -> step.forward(pass));
    return pass.call(
            "in_order",
            pass.sizes(),
            new double[0],
            List.of(pass.states(), pass.layout()),
            List.of())
        .get(0);
  }

  /** Embeddings of the tokens of each text, in the order of the batch. */
  List<float[][]> tokens(NDManager memory, List<TokenizedText> batch, Pass.Mode mode) {
    PackedBatch packed = new PackedBatch(batch, device.isGpu() ? GPU_CALL_COST : CPU_CALL_COST);
    Pass pass = new Pass(memory, script, mode, packed, vocabularySize, words, secondPositions);
    steps.forEach(step -> step.forward(pass));
    int dimension = Math.toIntExact(pass.states().getShape().get(1));
    FloatBuffer floats = pass.states().toByteBuffer().asFloatBuffer();
    float[][][] texts = new float[batch.size()][][];
    for (int index : packed.order()) {
      texts[index] = new float[batch.get(index).length()][dimension];
      for (float[] row : texts[index]) {
        floats.get(row);
      }
    }
    return List.of(texts);
  }

  /** What the modules make of sentence embeddings. */
  NDArray forward(NDManager memory, NDArray embeddings, Pass.Mode mode) {
    Pass pass = new Pass(memory, script, mode, embeddings);
    steps.forEach(step -> step.forward(pass));
    return pass.states();
  }

  @Override
  public void close() {
    steps.forEach(Step::close);
    script.close();
    manager.close();
  }
}
