package io.sentencestreams.model;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.EncodingDefaults;
import io.sentencestreams.model.internal.Arithmetic;
import io.sentencestreams.model.internal.ArithmeticChooser;
import io.sentencestreams.model.internal.Devices;
import io.sentencestreams.model.internal.PairTokens;
import io.sentencestreams.model.internal.Replica;
import io.sentencestreams.model.internal.Replicas;
import io.sentencestreams.model.internal.SequenceLength;
import io.sentencestreams.model.internal.TokenReplica;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.model.tokenization.ModelTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Turns texts into embeddings with a Sentence Transformers model (Reimers and Gurevych 2019).
 *
 * <pre>{@code
 * try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
 *   float[][] embeddings = encoder.encode(List.of("A cat sleeps.", "A kitten naps."));
 *   float[][] scores = encoder.similarity(embeddings, embeddings);
 * }
 * }</pre>
 *
 * <p>Batches are computed without padding, so their texts may have any lengths. On GPUs there is
 * one replica of the weights, and one batch at a time, per device. On a CPU one copy of the weights
 * serves as many batches at once as there are cores, which gives more throughput than one batch on
 * all cores; a batch that is alone does use all of them, unless it is small.
 *
 * <p>Thread-safe. Owns the native memory of weights and tokenizer; {@link #close} waits for running
 * batches, then frees it.
 */
public final class SentenceEncoder implements BatchEncoder {
  /**
   * Below so many tokens a batch in bf16 or int8 uses one thread: where several encode, OpenMP's
   * threads sleep between operators, and to wake them takes longer than these do (one text of 16
   * tokens 4.7 ms on two cores, 2.0 on one).
   */
  private static final int ONE_THREAD_TOKENS = 192;

  private final Checkpoint checkpoint;
  private final String modelVersion;
  private final Precision precision;
  private final Arithmetic arithmetic;
  private final int maxSequenceLength;
  private final ModelTokenizer tokenizer;
  private final List<Lane> lanes;
  private final List<Replica> replicas;
  private final int cpuThreads;
  private final boolean fixedThreads;
  private final AtomicInteger onCpu = new AtomicInteger();
  private final ReadWriteLock lifecycle = new ReentrantReadWriteLock();
  private TokenReplica tokenReplica; // null until token embeddings are asked for
  private boolean closed;

  /** One of the batches that can run at once. */
  private record Lane(Replica replica, Device device) {}

  private SentenceEncoder(Checkpoint checkpoint, EncoderOptions options, Path choices) {
    this.checkpoint = checkpoint;
    this.maxSequenceLength = SequenceLength.choose(checkpoint, options.maxSequenceLength());
    CompletableFuture<ModelTokenizer> opening =
        CompletableFuture.supplyAsync(() -> ModelTokenizer.open(checkpoint, maxSequenceLength));
    this.replicas = new ArrayList<>();
    this.lanes = new ArrayList<>();
    int cores = Runtime.getRuntime().availableProcessors();
    this.fixedThreads = options.intraOpThreads().isPresent();
    this.cpuThreads = options.intraOpThreads().orElse(cores);
    try {
      String digest = checkpoint.digest();
      Arithmetic chosen = null;
      for (Device device : Devices.resolve(options.devices())) {
        if (chosen == null) {
          // One choice for all devices: their vectors must be comparable.
          chosen =
              new ArithmeticChooser(choices)
                  .choose(checkpoint, digest, device, options.precision());
        }
        Arithmetic own = device.isGpu() ? new Arithmetic(chosen.precision(), false) : chosen;
        Replica replica = Replicas.open(checkpoint, device, own);
        replicas.add(replica);
        int batches = device.isGpu() ? 1 : fixedThreads ? Math.max(1, cores / cpuThreads) : cores;
        for (int i = 0; i < batches; i++) {
          lanes.add(new Lane(replica, device));
        }
      }
      this.precision = chosen.precision();
      this.arithmetic = lanes.get(0).device().isGpu() ? new Arithmetic(precision, false) : chosen;
      this.modelVersion = digest.substring(0, 12) + "-" + chosen.version();
      this.tokenizer = join(opening);
    } catch (RuntimeException e) {
      replicas.forEach(Replica::close);
      discard(opening, e);
      throw e;
    }
  }

  /**
   * Loads a model with default options; a known model is imported at its first use.
   *
   * @param nameOrPath a model's name, such as {@code all-MiniLM-L6-v2}, or a checkpoint's folder
   * @throws CheckpointException if there is no such model, or it cannot be used
   */
  public static SentenceEncoder load(String nameOrPath) {
    return load(nameOrPath, EncoderOptions.DEFAULT);
  }

  /** Loads a model by its name or its folder's path; see {@link #load(String)}. */
  public static SentenceEncoder load(String nameOrPath, EncoderOptions options) {
    return load(ModelRepository.ofUser().resolve(nameOrPath), options);
  }

  /** Loads a checkpoint's folder; see {@link #load(Checkpoint, EncoderOptions)}. */
  public static SentenceEncoder load(Path directory, EncoderOptions options) {
    return load(Checkpoint.open(directory), options);
  }

  /**
   * Loads a checkpoint. The measured choice of precision is kept in the user's model repository.
   *
   * @throws CheckpointException if the architecture is not supported or a file is damaged
   * @throws IllegalArgumentException if a device is not there, or {@code maxSequenceLength} is less
   *     than 3 or more than the model has positions for
   */
  public static SentenceEncoder load(Checkpoint checkpoint, EncoderOptions options) {
    return load(checkpoint, options, choices());
  }

  /** As above, with the folder in which choices of precision are kept. */
  static SentenceEncoder load(Checkpoint checkpoint, EncoderOptions options, Path choices) {
    if (checkpoint.scoring().isPresent()) {
      throw new CheckpointException(
          "%s is a cross-encoder: it scores pairs of texts and has no embeddings; CrossEncoder loads it"
              .formatted(checkpoint.directory()));
    }
    return new SentenceEncoder(checkpoint, options, choices);
  }

  /** What computes a cross-encoder's numbers, as embeddings of tokenized pairs. */
  static SentenceEncoder ofPairs(Checkpoint checkpoint, EncoderOptions options) {
    return new SentenceEncoder(checkpoint, options, choices());
  }

  private static Path choices() {
    return ModelRepository.ofUser().directory().resolveSibling("choices");
  }

  /** Pairs as a cross-encoder takes them. */
  List<TokenizedText> tokenizePairs(List<TextPair> pairs) {
    return whileOpen(() -> PairTokens.served(tokenizer, checkpoint, pairs));
  }

  private static void discard(CompletableFuture<ModelTokenizer> opening, RuntimeException failure) {
    try {
      join(opening).close();
    } catch (RuntimeException e) {
      if (e != failure) {
        failure.addSuppressed(e);
      }
    }
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public String modelName() {
    return checkpoint.name();
  }

  /** First 12 hexadecimal digits of the checkpoint's digest, a dash, and the precision. */
  @Override
  public String modelVersion() {
    return modelVersion;
  }

  /** The precision in use: never {@code AUTO}, but what that chose. */
  public Precision precision() {
    return precision;
  }

  /** The model's own length, or the one that its configuration cuts embeddings to. */
  @Override
  public int dimension() {
    int dimension = checkpoint.dimension();
    return Math.min(dimension, checkpoint.defaults().truncateDimension().orElse(dimension));
  }

  @Override
  public int maxSequenceLength() {
    return maxSequenceLength;
  }

  @Override
  public int replicas() {
    return lanes.size();
  }

  @Override
  public boolean wantsLikeLengths() {
    return lanes.get(0).replica().wantsLikeLengths();
  }

  /**
   * {@inheritDoc} A lone surrogate counts as U+FFFD; an empty text has the special tokens only. The
   * model's default prompt, if it has one, is put before each text.
   */
  @Override
  public List<TokenizedText> tokenize(List<String> texts) {
    return tokenize(texts, checkpoint.defaults().defaultPrompt());
  }

  private List<TokenizedText> tokenize(List<String> texts, String prompt) {
    List<String> prompted =
        prompt.isEmpty()
            ? texts
            : texts.stream().map(text -> text == null ? null : prompt + text).toList();
    boolean left = !prompt.isEmpty() && checkpoint.hasTransformer() && !checkpoint.poolsPrompt();
    return whileOpen(
        () -> {
          List<TokenizedText> tokenized = tokenizer.tokenize(prompted);
          return left ? withPrompt(tokenized, tokenizer.promptTokens(prompt)) : tokenized;
        });
  }

  private static List<TokenizedText> withPrompt(List<TokenizedText> texts, int tokens) {
    return texts.stream()
        .map(
            text ->
                new TokenizedText(
                    text.ids(), text.truncated(), Math.min(tokens, text.length() - 1)))
        .toList();
  }

  private String prompt(EncodeOptions options) {
    EncodingDefaults defaults = checkpoint.defaults();
    return options
        .prompt()
        .or(() -> options.promptName().map(defaults::prompt))
        .orElse(defaults.defaultPrompt());
  }

  @Override
  public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
    if (batch.isEmpty()) {
      throw new IllegalArgumentException("a batch needs at least one text");
    }
    for (TokenizedText text : batch) {
      if (text.length() > maxSequenceLength) {
        throw new IllegalArgumentException(
            "a text of %d tokens is longer than the maximum of %d"
                .formatted(text.length(), maxSequenceLength));
      }
    }
    Lane lane = lanes.get(replica);
    return whileOpen(() -> encode(lane, batch));
  }

  private int threads(List<TokenizedText> batch, int running) {
    boolean small =
        (precision == Precision.BF16 || precision == Precision.INT8)
            && batch.stream().mapToInt(TokenizedText::length).sum() < ONE_THREAD_TOKENS;
    return small ? 1 : Math.max(1, cpuThreads / running);
  }

  private float[][] encode(Lane lane, List<TokenizedText> batch) {
    boolean cpu = !lane.device().isGpu();
    int running = cpu ? onCpu.incrementAndGet() : 1;
    try {
      int threads = fixedThreads ? cpuThreads : threads(batch, running);
      float[][] rows = lane.replica().encode(batch, threads);
      ListEncoding.truncate(rows, dimension());
      return rows;
    } catch (EngineException e) {
      throw new EncoderException(
          "%s failed on %s with a batch of %d texts: %s"
              .formatted(modelName(), lane.device(), batch.size(), e.getMessage()),
          e);
    } finally {
      if (cpu) {
        onCpu.decrementAndGet();
      }
    }
  }

  /** Embedding of one text: {@link #dimension} floats. */
  public float[] encode(String text) {
    return encodeBatch(tokenize(List.of(text)), 0)[0];
  }

  /** Embeddings of texts, with {@link EncodeOptions#DEFAULT}. */
  public float[][] encode(List<String> texts) {
    return encode(texts, EncodeOptions.DEFAULT);
  }

  /**
   * Embeddings of texts, computed in batches on all replicas.
   *
   * @return one row of {@link #dimension} floats for each text, or as many as the options cut it
   *     to, in the order given
   * @throws EncoderException if a device fails
   * @throws IllegalArgumentException if the model has no prompt of the name
   */
  public float[][] encode(List<String> texts, EncodeOptions options) {
    String prompt = prompt(options);
    return new ListEncoding(this, part -> tokenize(part, prompt), options).encode(texts);
  }

  /**
   * Embeddings of the tokens of texts, as the modules before the pooling give them. Loads the
   * weights once more, on the first of the devices, at the first call.
   *
   * @return for each text a row for each of its tokens, special ones included
   * @throws UnsupportedOperationException if the model has no token embeddings
   */
  public List<float[][]> encodeTokens(List<String> texts) {
    List<TokenizedText> tokenized = tokenize(texts);
    if (tokenized.isEmpty()) {
      return List.of();
    }
    return whileOpen(() -> tokenReplica().encode(tokenized, cpuThreads));
  }

  private synchronized TokenReplica tokenReplica() {
    if (tokenReplica == null) {
      Arithmetic plain =
          precision == Precision.INT8 ? new Arithmetic(Precision.FP32, false) : arithmetic;
      tokenReplica = new TokenReplica(checkpoint, lanes.get(0).device(), plain);
    }
    return tokenReplica;
  }

  /**
   * Similarity of each embedding of {@code a} with each of {@code b}, by the function that the
   * model's configuration names, or else the cosine.
   */
  public float[][] similarity(float[][] a, float[][] b) {
    return SimilarityFunction.named(checkpoint.defaults().similarityFunction()).matrix(a, b);
  }

  private <T> T whileOpen(Supplier<T> work) {
    lifecycle.readLock().lock();
    try {
      if (closed) {
        throw new EncoderClosedException("the encoder of %s is closed".formatted(modelName()));
      }
      return work.get();
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  @Override
  public void close() {
    lifecycle.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        replicas.forEach(Replica::close);
        if (tokenReplica != null) {
          tokenReplica.close();
        }
        tokenizer.close();
      }
    } finally {
      lifecycle.writeLock().unlock();
    }
  }
}
