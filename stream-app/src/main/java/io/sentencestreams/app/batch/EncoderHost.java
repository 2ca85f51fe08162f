package io.sentencestreams.app.batch;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderClosedException;
import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.TokenizedText;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running encoder, how to load it again, and the text that tells a broken encoder from a text
 * that breaks it. Owns the encoder.
 */
final class EncoderHost implements AutoCloseable {
  /** Any text that no healthy encoder fails on. */
  static final String KNOWN_GOOD = "The quick brown fox jumps over the lazy dog.";

  private static final Logger LOG = LoggerFactory.getLogger(EncoderHost.class);
  private static final int KNOWN_GOOD_WORDS = 9;
  private static final double SAME = 0.99;

  /** Texts of a batch to warm up with, and sentences in each. */
  private static final int WARM_UP_REPEATS = 8;

  private Supplier<? extends BatchEncoder> loader;
  // Batches hold the read lock: a reload frees the old weights and must not do so under a batch.
  private final ReadWriteLock use = new ReentrantReadWriteLock();
  private BatchEncoder encoder;

  /** Encodes beside the encoder what it encodes; or null. */
  private BatchEncoder older;

  private float[] reference;
  private volatile String modelVersion;
  private volatile boolean likeLengths;
  private volatile String olderVersion;
  private long generation;
  private boolean closed;
  private final int maxSequenceLength;
  private final int replicas;

  /**
   * Loads the encoder.
   *
   * @throws EncoderException if it cannot encode a plain sentence to finite numbers
   */
  EncoderHost(Supplier<? extends BatchEncoder> loader) {
    this.loader = Objects.requireNonNull(loader);
    this.encoder = loader.get();
    try {
      this.reference = encodeKnownGood(encoder, 0);
      this.maxSequenceLength = encoder.maxSequenceLength();
      this.replicas = encoder.replicas();
      this.modelVersion = encoder.modelVersion();
      this.likeLengths = encoder.wantsLikeLengths();
    } catch (RuntimeException | OutOfMemoryError e) {
      encoder.close();
      throw e;
    }
  }

  /** There is no encoder at present: the last attempt to load it failed. */
  static final class NotLoadedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    NotLoadedException() {
      super("the encoder is not loaded");
    }
  }

  /** Counts the encoders loaded: a failure says nothing of the next one. */
  long generation() {
    use.readLock().lock();
    try {
      return generation;
    } finally {
      use.readLock().unlock();
    }
  }

  /** Version of the model that was loaded last; does not wait for one that is being loaded. */
  String modelVersion() {
    return modelVersion;
  }

  /** Version of the model before, while it encodes too; else null. */
  String olderVersion() {
    return olderVersion;
  }

  int dimension() {
    return reference.length;
  }

  List<TokenizedText> tokenize(List<String> texts) {
    use.readLock().lock();
    try {
      List<TokenizedText> tokenized = encoder().tokenize(texts);
      if (tokenized.size() != texts.size()) {
        throw new IllegalStateException(
            "the tokenizer returned "
                + tokenized.size()
                + " results for "
                + texts.size()
                + " texts");
      }
      return tokenized;
    } finally {
      use.readLock().unlock();
    }
  }

  /**
   * A batch, and who encoded it: the encoder may be another one by the time that it is asked.
   *
   * @param older what the model before made of those that are wanted of it, or null
   */
  record Encoded(float[][] vectors, String model, String modelVersion, OlderBatch older) {}

  /** A batch by the model before; null for a text that was not wanted. */
  record OlderBatch(float[][] vectors, String modelVersion) {}

  /**
   * Encodes a batch.
   *
   * @param wantsOlder of which texts, by their places in the batch, an embedding by the model
   *     before is wanted too
   */
  Encoded encode(List<TokenizedText> batch, IntPredicate wantsOlder, int replica) {
    use.readLock().lock();
    try {
      float[][] vectors = encoder().encodeBatch(batch, replica);
      if (vectors.length != batch.size()) {
        throw new IllegalStateException(
            "the encoder returned " + vectors.length + " rows for " + batch.size() + " texts");
      }
      return new Encoded(
          vectors,
          encoder.modelName(),
          encoder.modelVersion(),
          encodeOlder(batch, wantsOlder, replica));
    } finally {
      use.readLock().unlock();
    }
  }

  /** Without it duplicates are found later, so its failure holds nothing up. */
  private OlderBatch encodeOlder(List<TokenizedText> batch, IntPredicate wantsOlder, int replica) {
    int[] wanted =
        older == null ? new int[0] : IntStream.range(0, batch.size()).filter(wantsOlder).toArray();
    if (wanted.length == 0) {
      return null;
    }
    try {
      float[][] encoded =
          older.encodeBatch(Arrays.stream(wanted).mapToObj(batch::get).toList(), replica);
      if (encoded.length != wanted.length) {
        return null;
      }
      float[][] vectors = new float[batch.size()][];
      for (int i = 0; i < wanted.length; i++) {
        vectors[wanted[i]] = encoded[i];
      }
      return new OlderBatch(vectors, older.modelVersion());
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.warn("The model before, {}, fails: {}", older.modelVersion(), e.toString());
      return null;
    }
  }

  /**
   * Whether the encoder works: a plain sentence gives the embedding that it gave when the encoder
   * was loaded, and repeated to the length of the text under suspicion it can be encoded too.
   */
  boolean works(int replica, int tokens) {
    use.readLock().lock();
    try {
      BatchEncoder current = encoder();
      int repeats = 1 + tokens / KNOWN_GOOD_WORDS;
      String longText = String.join(" ", Collections.nCopies(repeats, KNOWN_GOOD));
      return SimilarityFunction.COSINE.similarity(encodeKnownGood(current, replica), reference)
              >= SAME
          && isFinite(current.encodeBatch(current.tokenize(List.of(longText)), replica)[0]);
    } catch (RuntimeException | OutOfMemoryError e) {
      LOG.warn("The encoder fails on a known-good text too: {}", e.toString());
      return false;
    } finally {
      use.readLock().unlock();
    }
  }

  /**
   * Frees the encoder and loads it again. The old one goes first: two do not fit where one ran out
   * of memory. If the loading fails there is no encoder until a later call succeeds.
   */
  void reload() {
    use.writeLock().lock();
    try {
      if (encoder != null) {
        encoder.close();
        encoder = null;
      }
      closeOlder();
      BatchEncoder fresh = loader.get();
      try {
        reference = encodeKnownGood(fresh, 0);
      } catch (RuntimeException | OutOfMemoryError e) {
        fresh.close();
        throw e;
      }
      encoder = fresh;
      modelVersion = fresh.modelVersion();
      likeLengths = fresh.wantsLikeLengths();
      generation++;
    } finally {
      use.writeLock().unlock();
    }
  }

  /**
   * Puts another encoder in the place of the running one, between two batches, and frees the old
   * one. The other one is warmed up before, beside the running one.
   *
   * @param fresh owned from now on, also if it is refused; its tokens must be the running one's,
   *     since texts that wait are tokenized already
   * @param freshLoader loads it again after a fault
   * @param keepOld whether the old one goes on to encode beside it, in the place of the one before
   * @throws IllegalArgumentException if it cannot take the place: its embeddings have another
   *     length, or its texts, or it runs another number of batches at once
   * @throws EncoderException if it cannot encode a plain sentence to finite numbers
   */
  void replace(BatchEncoder fresh, Supplier<? extends BatchEncoder> freshLoader, boolean keepOld) {
    BatchEncoder old;
    try {
      float[] freshReference = warmUp(fresh);
      use.writeLock().lock();
      try {
        if (closed) {
          throw new EncoderClosedException("the stream is closed");
        }
        old = encoder;
        if (keepOld) {
          old = older;
          setOlder(encoder);
        } else {
          closeOlder();
        }
        encoder = fresh;
        loader = freshLoader;
        reference = freshReference;
        modelVersion = fresh.modelVersion();
        likeLengths = fresh.wantsLikeLengths();
        generation++;
      } finally {
        use.writeLock().unlock();
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      fresh.close();
      throw e;
    }
    if (old != null) {
      old.close(); // nobody uses it: whoever did held the lock
    }
  }

  /**
   * Lets another encoder encode beside the running one, as if that had taken over from it.
   *
   * @param before owned from now on, also if it is refused
   * @throws IllegalArgumentException as {@link #replace} does
   * @throws EncoderException as there
   */
  void keepOlder(BatchEncoder before) {
    BatchEncoder old;
    try {
      warmUp(before);
      use.writeLock().lock();
      try {
        if (closed) {
          throw new EncoderClosedException("the stream is closed");
        }
        old = older;
        setOlder(before);
      } finally {
        use.writeLock().unlock();
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      before.close();
      throw e;
    }
    if (old != null) {
      old.close();
    }
  }

  /** Frees the model before, which is not wanted any more. */
  void dropOlder() {
    use.writeLock().lock();
    try {
      closeOlder();
    } finally {
      use.writeLock().unlock();
    }
  }

  private void setOlder(BatchEncoder before) {
    older = before;
    olderVersion = before == null ? null : before.modelVersion();
  }

  private void closeOlder() {
    if (older != null) {
      older.close();
    }
    setOlder(null);
  }

  private float[] warmUp(BatchEncoder fresh) {
    requireSame("length of an embedding", fresh.dimension(), dimension());
    requireSame("most tokens of a text", fresh.maxSequenceLength(), maxSequenceLength);
    requireSame("number of batches at once", fresh.replicas(), replicas);
    String longText = String.join(" ", Collections.nCopies(WARM_UP_REPEATS, KNOWN_GOOD));
    for (int replica = replicas - 1; replica > 0; replica--) {
      encodeKnownGood(fresh, replica);
    }
    fresh.encodeBatch(fresh.tokenize(Collections.nCopies(WARM_UP_REPEATS, longText)), 0);
    return encodeKnownGood(fresh, 0);
  }

  private static void requireSame(String what, int fresh, int running) {
    if (fresh != running) {
      throw new IllegalArgumentException(
          "its %s is %d, and that of the running model is %d".formatted(what, fresh, running));
    }
  }

  int maxSequenceLength() {
    return maxSequenceLength;
  }

  int replicas() {
    return replicas;
  }

  /** Whether batches are best of texts of like lengths; never waits for the encoder. */
  boolean wantsLikeLengths() {
    return likeLengths;
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      closed = true;
      if (encoder != null) {
        encoder.close();
        encoder = null;
      }
      closeOlder();
    } finally {
      use.writeLock().unlock();
    }
  }

  private BatchEncoder encoder() {
    if (encoder == null) {
      throw new NotLoadedException();
    }
    return encoder;
  }

  static boolean isFinite(float[] vector) {
    for (float value : vector) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static float[] encodeKnownGood(BatchEncoder encoder, int replica) {
    float[] vector = encoder.encodeBatch(encoder.tokenize(List.of(KNOWN_GOOD)), replica)[0];
    if (!isFinite(vector)) {
      throw new EncoderException(
          "model "
              + encoder.modelName()
              + " encodes a plain sentence to NaN or infinity: its weights are damaged; import it"
              + " again",
          null);
    }
    return vector;
  }
}
