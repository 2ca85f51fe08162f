package io.sentencestreams.model.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.checkpoint.Activation;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.WordList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Makes the steps of modules that are not transformers. */
final class Steps {
  /** In the order of the script's codes. */
  private static final List<Activation> ACTIVATIONS = List.of(Activation.values());

  private final NDManager manager;
  private final Checkpoint checkpoint;
  private final boolean trained;

  /**
   * For a model on a device.
   *
   * @param manager gets the weights
   * @param trained whether parameters are to have gradients
   */
  Steps(NDManager manager, Checkpoint checkpoint, boolean trained) {
    this.manager = manager;
    this.checkpoint = checkpoint;
    this.trained = trained;
  }

  /** A step that is a method of the script. */
  private record ScriptStep(
      ParameterArrays arrays, BiConsumer<Pass, List<NDArray>> work, boolean trained)
      implements Step {
    @Override
    public void forward(Pass pass) {
      work.accept(pass, arrays.all());
    }

    @Override
    public Map<String, NDArray> parameters() {
      return trained ? arrays.named() : Map.of();
    }

    @Override
    public void close() {
      // The weights are their manager's.
    }
  }

  /**
   * The step of a module.
   *
   * @throws io.sentencestreams.model.checkpoint.CheckpointException if its weights do not fit it
   */
  Step of(SentenceModule module) {
    return of(module, work(module));
  }

  /** Word embeddings and the mean of a text's in one step, without a row for each word. */
  Step meanOf(SentenceModule.WordEmbeddings words) {
    return of(words, Steps::meanOfRows);
  }

  private Step of(SentenceModule module, BiConsumer<Pass, List<NDArray>> work) {
    boolean frozen = module instanceof SentenceModule.WordEmbeddings words && !words.trained();
    boolean learns = trained && !frozen;
    ParameterArrays arrays =
        module instanceof SentenceModule.Weighted weighted
            ? ParameterArrays.read(manager, checkpoint, weighted, StepParameters.of(module), learns)
            : constants(module);
    return new ScriptStep(arrays, work, learns && module instanceof SentenceModule.Weighted);
  }

  private ParameterArrays constants(SentenceModule module) {
    if (module instanceof SentenceModule.BagOfWords bag) {
      List<Float> weights = WordList.read(bag).weights();
      float[] values = new float[weights.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = weights.get(i);
      }
      return new ParameterArrays(List.of(manager.create(values)), Map.of());
    }
    return ParameterArrays.NONE;
  }

  private static BiConsumer<Pass, List<NDArray>> work(SentenceModule module) {
    if (module instanceof SentenceModule.WordEmbeddings) {
      return (pass, w) -> set(pass, "words", pass.sizes(pass.unknown()), List.of(pass.layout()), w);
    }
    if (module instanceof SentenceModule.StaticEmbedding) {
      return Steps::meanOfRows;
    }
    if (module instanceof SentenceModule.BagOfWords bag) {
      long cumulative = bag.cumulative() ? 1 : 0;
      return (pass, w) ->
          set(pass, "bag_of_words", pass.sizes(cumulative), List.of(pass.layout()), w);
    }
    if (module instanceof SentenceModule.WordWeights) {
      return (pass, w) -> {
        long[] ints = pass.sizes(pass.unknown());
        NDList result = pass.call("word_weights", ints, new double[0], withLayout(pass), w);
        pass.setStates(result.get(0));
        pass.setWeightSums(result.get(1));
      };
    }
    if (module instanceof SentenceModule.Lstm lstm) {
      return (pass, w) -> lstm(lstm, pass, w);
    }
    if (module instanceof SentenceModule.Cnn) {
      return (pass, w) ->
          pass.setTokenStates(
              pass.call("convolve", pass.sizes(), new double[0], withLayout(pass), w).get(0));
    }
    if (module instanceof SentenceModule.WeightedLayerPooling layers) {
      return (pass, w) ->
          set(pass, "weigh_layers", pass.sizes(), from(pass, layers.firstLayer()), w);
    }
    if (module instanceof SentenceModule.WkPooling wk) {
      return (pass, w) -> {
        List<NDArray> x = new ArrayList<>(from(pass, wk.firstLayer()));
        x.add(pass.layout());
        set(pass, "dissect", pass.sizes(wk.window()), x, w);
      };
    }
    if (module instanceof SentenceModule.Pooling pooling) {
      return (pass, w) -> pool(pooling, pass, w);
    }
    if (module instanceof SentenceModule.Dense dense) {
      long residual =
          !dense.residual() ? 0 : dense.inputDimension() == dense.outputDimension() ? 1 : 2;
      long[] ints = {ACTIVATIONS.indexOf(dense.activation()), dense.bias() ? 1 : 0, residual};
      boolean onTokens = dense.onTokens();
      return (pass, w) -> {
        NDArray result = pass.call("dense", ints, new double[0], List.of(pass.states()), w).get(0);
        if (onTokens) {
          pass.setTokenStates(result);
        } else {
          pass.setStates(result);
        }
      };
    }
    if (module instanceof SentenceModule.HeadLayer layer) {
      long[] ints = {ACTIVATIONS.indexOf(layer.activation()), 1, 0};
      return (pass, w) -> set(pass, "dense", ints, List.of(pass.states()), w);
    }
    if (module instanceof SentenceModule.LayerNorm) {
      return (pass, w) -> set(pass, "layer_norm", new long[1], List.of(pass.states()), w);
    }
    if (module instanceof SentenceModule.Normalize) {
      return (pass, w) -> set(pass, "unit_length", new long[1], List.of(pass.states()), w);
    }
    if (module instanceof SentenceModule.Dropout dropout) {
      return (pass, w) -> leaveOut(dropout, pass, w);
    }
    throw new IllegalArgumentException(module.typeName() + " is no step of the script");
  }

  private static void meanOfRows(Pass pass, List<NDArray> w) {
    set(pass, "mean_of_rows", pass.sizes(pass.unknown()), List.of(pass.layout()), w);
  }

  private static void pool(SentenceModule.Pooling pooling, Pass pass, List<NDArray> w) {
    long[] ints = pass.sizes(TransformerReplica.poolingModes(pooling));
    List<NDArray> x = new ArrayList<>(withLayout(pass));
    int[] prompts = pass.packed().promptTokens();
    int left = Arrays.stream(prompts).sum();
    if (left > 0 && !pooling.includePrompt()) {
      x.add(pass.memory().create(prompts));
      x = new ArrayList<>(pass.call("without_prompts", pass.sizes(), new double[0], x, w));
      ints[0] -= left;
    }
    if (pass.weightSums() != null) {
      x.add(pass.weightSums());
    }
    set(pass, "pool", ints, x, w);
  }

  private static void lstm(SentenceModule.Lstm lstm, Pass pass, List<NDArray> w) {
    boolean drops = pass.drops() && lstm.dropout() > 0;
    long seed = drops ? pass.nextSeed() : 0;
    long[] ints = pass.sizes(lstm.layers(), lstm.bidirectional() ? 2 : 1, seed);
    double[] floats = {drops ? lstm.dropout() : 0};
    pass.setTokenStates(pass.call("lstm", ints, floats, withLayout(pass), w).get(0));
  }

  private static void leaveOut(SentenceModule.Dropout dropout, Pass pass, List<NDArray> w) {
    if (pass.drops()) {
      long[] ints = {pass.nextSeed()};
      double[] floats = {dropout.share()};
      pass.setStates(pass.call("leave_out", ints, floats, List.of(pass.states()), w).get(0));
    }
  }

  private static void set(Pass pass, String method, long[] ints, List<NDArray> x, List<NDArray> w) {
    pass.setStates(pass.call(method, ints, new double[0], x, w).get(0));
  }

  private static List<NDArray> withLayout(Pass pass) {
    return List.of(pass.states(), pass.layout());
  }

  private static List<NDArray> from(Pass pass, int firstLayer) {
    return pass.layers().subList(firstLayer, pass.layers().size());
  }
}
