package io.sentencestreams.model.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TextPair;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.CheckpointWriter;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.internal.Devices;
import io.sentencestreams.model.internal.PairTokens;
import io.sentencestreams.model.internal.SequenceLength;
import io.sentencestreams.model.internal.TrainableModel;
import io.sentencestreams.model.tokenization.ModelTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A sentence encoder whose weights can be trained: embeddings that gradients flow through.
 *
 * <pre>{@code
 * try (TrainableEncoder encoder = TrainableEncoder.load(checkpoint, TrainableOptions.DEFAULT);
 *     NDManager step = encoder.newManager();
 *     GradientCollector collector = step.getEngine().newGradientCollector();
 *     ForwardPass pass = encoder.forward(step, encoder.tokenize(texts), Dropout.NONE)) {
 *   Gradients.backward(collector, pass.embeddings().square().sum());
 *   pass.backward();
 * }
 * }</pre>
 *
 * <p>It shares nothing with an encoder that serves. Weights are kept in fp32; the layers compute in
 * fp32 or bf16. Owns native memory; for one thread at a time.
 */
public final class TrainableEncoder implements AutoCloseable {
  /** Tokens in a batch of {@link #encode}. */
  private static final int ENCODE_TOKENS = 4096;

  private final Checkpoint checkpoint;
  private final TrainableModel model;
  private final ModelTokenizer tokenizer;
  private final boolean bf16;
  private final int threads;
  private final int maxSequenceLength;
  private final Device device;

  private TrainableEncoder(
      Checkpoint checkpoint,
      TrainableModel model,
      ModelTokenizer tokenizer,
      TrainableOptions options,
      int maxSequenceLength,
      Device device) {
    this.checkpoint = checkpoint;
    this.model = model;
    this.tokenizer = tokenizer;
    this.bf16 = options.bf16();
    this.threads = options.threads();
    this.maxSequenceLength = maxSequenceLength;
    this.device = device;
  }

  /**
   * Loads a checkpoint.
   *
   * @throws CheckpointException if the architecture is not supported or a file is damaged
   * @throws IllegalArgumentException if the device is not there, or the options do not fit the
   *     model
   */
  public static TrainableEncoder load(Checkpoint checkpoint, TrainableOptions options) {
    int maximum = SequenceLength.choose(checkpoint, options.maxSequenceLength());
    ModelTokenizer tokenizer = ModelTokenizer.open(checkpoint, maximum);
    try {
      Device device = Devices.resolve(List.of(options.device())).get(0);
      TrainableModel model =
          new TrainableModel(
              checkpoint,
              device,
              options.bf16() ? Precision.BF16 : Precision.FP32,
              options.threads());
      return new TrainableEncoder(checkpoint, model, tokenizer, options, maximum, device);
    } catch (RuntimeException e) {
      tokenizer.close();
      throw e;
    }
  }

  /** What it was loaded from. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Length of an embedding. */
  public int dimension() {
    return checkpoint.dimension();
  }

  /** Whether the layers compute in bf16 instead of fp32. */
  public boolean bf16() {
    return bf16;
  }

  /** Where it computes: {@code cpu}, or {@code cuda:N}. */
  public String device() {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }

  /** The most tokens of a text, special ones included; what is longer is cut. */
  public int maxSequenceLength() {
    return maxSequenceLength;
  }

  /**
   * Threads on a CPU, all lanes' together. Sums, and so the last bits, depend on the number, and so
   * does what dropout leaves out.
   */
  public int threads() {
    return threads;
  }

  /**
   * The parameters: fp32, each with a gradient attached. To train one is to change its array in
   * place. A transformer's have their Hugging Face names; those of another module have the place of
   * the module and a dot before theirs, such as {@code 2.linear.weight}.
   */
  public Map<String, NDArray> parameters() {
    return model.parameters();
  }

  /** Memory on the encoder's device for the arrays of a step; the caller closes it. */
  public NDManager newManager() {
    return model.newManager();
  }

  /** Texts as the encoder takes them, cut at the maximum length. */
  public List<TokenizedText> tokenize(List<String> texts) {
    return tokenizer.tokenize(texts);
  }

  /**
   * Pairs of texts as a cross-encoder takes them; its embeddings are what it makes of pairs, before
   * any activation.
   */
  public List<TokenizedText> tokenizePairs(List<String> first, List<String> second) {
    return PairTokens.of(tokenizer, checkpoint, first, second);
  }

  /**
   * Embeddings that gradients flow through, if a gradient collector is open.
   *
   * @param target takes the embeddings
   * @return the caller closes it
   */
  public ForwardPass forward(NDManager target, List<TokenizedText> batch, Dropout dropout) {
    return model.forward(target, batch, dropout, true, threads);
  }

  /** As {@link #forward}, but the result cannot be differentiated; it needs far less memory. */
  public float[][] embed(List<TokenizedText> batch, Dropout dropout) {
    try (NDManager memory = newManager();
        ForwardPass pass = model.forward(memory, batch, dropout, false, threads)) {
      return rows(pass.embeddings().toFloatArray(), batch.size());
    }
  }

  private static float[][] rows(float[] flat, int count) {
    int dimension = flat.length / count;
    float[][] rows = new float[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * dimension, (i + 1) * dimension);
    }
    return rows;
  }

  /**
   * Embeddings of texts with the weights as they are, without dropout.
   *
   * @return one row of {@link #dimension} floats for each text, in the order given
   */
  public float[][] encode(List<String> texts) {
    return encodeTokenized(tokenize(texts));
  }

  /** As {@link #encode}, of what is tokenized already. */
  public float[][] encodeTokenized(List<TokenizedText> tokenized) {
    Integer[] order = new Integer[tokenized.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(i -> tokenized.get(i).length()));
    float[][] result = new float[tokenized.size()][];
    int from = 0;
    while (from < order.length) {
      List<TokenizedText> batch = new ArrayList<>();
      int tokens = 0;
      int to = from;
      while (to < order.length
          && (to == from || tokens + tokenized.get(order[to]).length() <= ENCODE_TOKENS)) {
        batch.add(tokenized.get(order[to]));
        tokens += tokenized.get(order[to]).length();
        to++;
      }
      float[][] rows = embed(batch, Dropout.NONE);
      for (int i = from; i < to; i++) {
        result[order[i]] = rows[i - from];
      }
      from = to;
    }
    return result;
  }

  /**
   * What a cross-encoder makes of pairs with the weights as they are, without dropout and before
   * any activation.
   *
   * @return [pairs, labels], in the order given
   */
  public float[][] score(List<TextPair> pairs) {
    return encodeTokenized(PairTokens.served(tokenizer, checkpoint, pairs));
  }

  /**
   * Saves a checkpoint that {@code SentenceEncoder.load} and Sentence Transformers read: the files
   * of the one that was loaded, with these weights. Tensors that are not trained, such as a pooler,
   * stay as they were.
   *
   * @param directory is replaced as a whole if it is a checkpoint or empty: a failure leaves it as
   *     it was
   * @param extras further files by name, such as a report
   * @throws CheckpointException if it cannot be written, is neither a checkpoint nor empty, or
   *     holds the checkpoint that was loaded
   */
  public void save(Path directory, Map<String, byte[]> extras) {
    CheckpointWriter.write(checkpoint, directory, trained(), extras);
  }

  private Map<String, Tensor> trained() {
    Map<String, Tensor> trained = new LinkedHashMap<>();
    parameters().forEach((name, array) -> trained.put(name, NamedArrays.tensor(array)));
    return trained;
  }

  /** Frees the weights, the script and the tokenizer. */
  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
