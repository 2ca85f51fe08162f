package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.ForwardPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/**
 * A batch on its way through a {@link TrainableTransformer}. Its texts, sorted by length, are
 * divided among the lanes: each computes its part of the layers in both directions, and what they
 * find for the parameters is added up in their order, so that a run can be repeated bit for bit.
 * Pooling and what follows is autograd's.
 */
final class TransformerPass implements ForwardPass {
  /**
   * What attention adds to the cost of a text of n tokens is n * n / this, where the rest of the
   * layers costs n.
   */
  private static final double ATTENTION_SHARE = 160;

  private final TrainableTransformer model;
  private final List<TokenizedText> batch;
  private final List<Integer> order;
  private final Dropout dropout;
  private final boolean gradients;
  private final boolean[] wanted;
  private final int lowestLayer;
  private final NDManager memory;
  private final IValue weights;
  private final List<Part> parts = new ArrayList<>();
  private final NDArray embeddings;
  private boolean returned;

  /** A lane's part of the batch. */
  private final class Part {
    final TrainingLayout layout;
    final int index;
    final NDManager inputs;
    NDArray layoutArray;
    IValue layoutValue;
    IValue ints;
    IValue floats;
    IValue saved;
    NDArray states;
    PtNDArray[] found;

    Part(List<TokenizedText> texts, int index) {
      this.layout = new TrainingLayout(texts, model.shapes);
      this.index = index;
      this.inputs = Torch.newManager(Device.cpu());
    }

    /** Makes the kernel's arguments; what a failure leaves, {@link #close} frees. */
    void open() {
      layoutArray = layout.array(inputs, model.config.vocabSize());
      layoutValue = IValue.from((PtNDArray) layoutArray);
      long seed = dropout.seed() + 0x9E3779B97F4A7C15L * index;
      long[] groups = layout.groups();
      long[] numbers = {
        layout.tokens(),
        layout.rows(),
        model.config.heads(),
        model.config.layers(),
        BertParameters.firstPosition(model.config),
        model.typeCode,
        gradients ? 1 : 0,
        seed,
        model.activation,
        lowestLayer,
        embeddingsLearn() ? 1 : 0,
        layout.places()
      };
      ints = IValue.listFrom(concatenated(numbers, groups));
      double[] shares = {model.config.layerNormEps(), dropout.hidden(), dropout.attention()};
      floats = IValue.listFrom(shares);
    }

    Void forward() {
      try (IValue result = model.call("states", layoutValue, ints, floats, weights)) {
        IValue[] tuple = result.toIValueTuple();
        saved = tuple[1];
        try (IValue first = tuple[0]) {
          states = copy(first);
        }
      }
      return null;
    }

    /** What inference has made cannot be differentiated. */
    private NDArray copy(IValue value) {
      try (NDArray made = value.toTensor((PtNDManager) memory)) {
        return made.duplicate();
      }
    }

    /** Once: what the forward pass kept is needed no more, and it is most of the memory. */
    Void backward() {
      try (NDArray gradient = states.getGradient();
          IValue value = IValue.from((PtNDArray) gradient);
          IValue result =
              model.call("states_backward", value, layoutValue, ints, floats, weights, saved)) {
        found = result.toTensorArray((PtNDManager) memory);
      } finally {
        saved.close();
        saved = null;
      }
      return null;
    }

    void close() {
      for (IValue value : new IValue[] {layoutValue, ints, floats, saved}) {
        if (value != null) {
          value.close();
        }
      }
      inputs.close();
    }
  }

  TransformerPass(
      TrainableTransformer model,
      NDManager target,
      List<TokenizedText> batch,
      Dropout dropout,
      boolean gradients,
      int threads) {
    this.model = model;
    this.batch = batch;
    this.dropout = dropout;
    this.gradients = gradients;
    this.order = sortedByLength();
    this.wanted = new boolean[model.parameters.all().size()];
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = model.parameters.all().get(i).hasGradient();
    }
    this.lowestLayer = lowestLayer();
    this.memory = model.newManager();
    try {
      this.weights = model.weights(memory);
      List<List<TokenizedText>> divided = divided();
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < divided.size(); i++) {
        Part part = new Part(divided.get(i), i);
        parts.add(part);
        part.open();
        tasks.add(part::forward);
      }
      model.lanes.run(tasks);
      this.embeddings = pool(target, threads);
    } catch (RuntimeException | OutOfMemoryError e) {
      close();
      throw e;
    }
  }

  private List<Integer> sortedByLength() {
    for (int i = 0; i < batch.size(); i++) {
      if (batch.get(i).length() == 0) {
        throw new IllegalArgumentException("text %d of the batch has no tokens".formatted(i));
      }
    }
    return IntStream.range(0, batch.size())
        .boxed()
        .sorted(Comparator.comparingInt(i -> batch.get(i).length()))
        .toList();
  }

  /** Neighbours by length to each lane, so that little is padded, and as much work to each. */
  private List<List<TokenizedText>> divided() {
    int lanes = Math.min(model.lanes.count(), batch.size());
    double total = batch.stream().mapToDouble(TransformerPass::cost).sum();
    List<List<TokenizedText>> divided = new ArrayList<>();
    double before = 0;
    int lane = -1;
    for (int i = 0; i < order.size(); i++) {
      TokenizedText text = batch.get(order.get(i));
      double middle = before + cost(text) / 2;
      before += cost(text);
      boolean due = middle * lanes >= total * (lane + 1) || order.size() - i < lanes - lane;
      if (due && lane < lanes - 1) {
        divided.add(new ArrayList<>());
        lane++;
      }
      divided.get(lane).add(text);
    }
    return divided;
  }

  private static double cost(TokenizedText text) {
    double length = text.length();
    return length + length * length / ATTENTION_SHARE;
  }

  private boolean embeddingsLearn() {
    for (int i = 0; i < BertParameters.EMBEDDINGS; i++) {
      if (wanted[i]) {
        return true;
      }
    }
    return false;
  }

  private int lowestLayer() {
    if (embeddingsLearn()) {
      return 0;
    }
    for (int i = BertParameters.EMBEDDINGS; i < wanted.length; i++) {
      if (wanted[i]) {
        return (i - BertParameters.EMBEDDINGS) / BertParameters.OF_LAYER;
      }
    }
    return model.config.layers();
  }

  private NDArray pool(NDManager target, int threads) {
    int[] layout = new int[batch.stream().mapToInt(TokenizedText::length).sum() + 2 * batch.size()];
    int at = 0;
    for (int index : order) {
      for (int i = 0; i < batch.get(index).length(); i++) {
        layout[at++] = i;
      }
    }
    for (int row = 0; row < order.size(); row++) {
      int index = order.get(row);
      layout[at + row] = batch.get(index).length();
      layout[at + order.size() + index] = row;
    }
    long[] numbers = {batch.size(), model.normalize ? 1 : 0, model.poolingModes.length};
    long[] tokens = parts.stream().mapToLong(part -> part.layout.tokens()).toArray();
    List<NDArray> states = new ArrayList<>();
    for (Part part : parts) {
      part.states.setRequiresGradient(gradients);
      states.add(part.states);
    }
    try (NDManager inputs = Torch.newManager(Device.cpu())) {
      return model
          .script
          .call(
              target,
              "embeddings",
              gradients,
              threads,
              states,
              inputs.create(layout),
              inputs.create(concatenated(concatenated(numbers, model.poolingModes), tokens)))
          .singletonOrThrow();
    }
  }

  private static long[] concatenated(long[] first, long[] second) {
    long[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Override
  public NDArray embeddings() {
    return embeddings;
  }

  @Override
  public void backward() {
    if (lowestLayer == model.config.layers()) {
      return; // all is frozen
    }
    if (returned) {
      throw new IllegalStateException("a pass goes back once only");
    }
    returned = true;
    List<Callable<Void>> tasks = new ArrayList<>();
    parts.forEach(part -> tasks.add(part::backward));
    model.lanes.run(tasks);
    try (NDManager own = model.newManager()) {
      PtNDArray[] all = model.gradients(own);
      List<Callable<Void>> sums = new ArrayList<>();
      int lanes = model.lanes.count();
      for (int lane = 0; lane < lanes; lane++) {
        int first = lane;
        sums.add(() -> accumulate(all, first, lanes));
      }
      model.lanes.run(sums);
    }
  }

  /** Every so manieth of: the layers from the last, the embeddings. */
  private Void accumulate(PtNDArray[] all, int first, int step) {
    List<Integer> units = new ArrayList<>();
    for (int layer = model.config.layers() - 1; layer >= lowestLayer; layer--) {
      units.add(layer);
    }
    if (embeddingsLearn()) {
      units.add(-1);
    }
    PtNDArray[] found =
        parts.stream().flatMap(part -> Arrays.stream(part.found)).toArray(PtNDArray[]::new);
    PtNDArray[] layouts =
        parts.stream().map(part -> (PtNDArray) part.layoutArray).toArray(PtNDArray[]::new);
    try (IValue gradientList = IValue.listFrom(all);
        IValue foundList = IValue.listFrom(found);
        IValue layoutList = IValue.listFrom(layouts)) {
      for (int i = first; i < units.size(); i += step) {
        try (IValue numbers = IValue.listFrom(numbersOf(units.get(i)))) {
          model.call("accumulate", gradientList, foundList, layoutList, numbers).close();
        }
      }
    }
    return null;
  }

  private long[] numbersOf(int unit) {
    long[] numbers = new long[6 + wanted.length + 2 * parts.size()];
    numbers[0] = parts.size();
    numbers[1] = parts.get(0).found.length;
    numbers[2] = BertParameters.firstPosition(model.config);
    numbers[3] = lowestLayer;
    numbers[4] = embeddingsLearn() ? 1 : 0;
    numbers[5] = unit;
    for (int w = 0; w < wanted.length; w++) {
      numbers[6 + w] = wanted[w] ? 1 : 0;
    }
    for (int i = 0; i < parts.size(); i++) {
      numbers[6 + wanted.length + 2 * i] = parts.get(i).layout.tokens();
      numbers[7 + wanted.length + 2 * i] = parts.get(i).layout.rows();
    }
    return numbers;
  }

  @Override
  public void close() {
    parts.forEach(Part::close);
    if (weights != null) {
      weights.close();
    }
    memory.close();
  }
}
