package io.sentencestreams.app.batch;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * An encoder for tests: a token is a letter and an embedding counts letters, so it is known in
 * advance. It can be held up, broken, and made to fail on chosen texts.
 */
public final class LetterEncoder implements BatchEncoder {
  /** Length of an embedding. */
  public static final int DIMENSION = 16;

  private final int maxSequenceLength;
  private final int replicas;
  private final List<List<String>> batches = new CopyOnWriteArrayList<>();
  private final Set<String> poison = ConcurrentHashMap.newKeySet();
  private final Set<String> notFinite = ConcurrentHashMap.newKeySet();
  private final Semaphore permits = new Semaphore(1 << 30);
  private final Queue<Error> errors = new ConcurrentLinkedQueue<>();
  private final Set<String> failOnce = ConcurrentHashMap.newKeySet();
  private volatile Consumer<List<String>> failWhen = batch -> {};
  private volatile Runnable failAlways = () -> {};
  private volatile boolean broken;
  private volatile boolean outOfMemory;
  private volatile boolean likeLengths = true;
  private volatile boolean closed;

  /** One replica, at most 1,000 tokens. */
  public LetterEncoder() {
    this(1000, 1);
  }

  /** An encoder with these bounds. */
  public LetterEncoder(int maxSequenceLength, int replicas) {
    this.maxSequenceLength = maxSequenceLength;
    this.replicas = replicas;
  }

  /** What the embedding of a text is. */
  public static float[] embedding(String text) {
    float[] vector = new float[DIMENSION];
    vector[0] = 1;
    text.chars().forEach(letter -> vector[1 + letter % (DIMENSION - 1)]++);
    return vector;
  }

  /** Fails each call that contains this text. */
  public void poison(String text) {
    poison.add(text);
  }

  /** Takes {@link #poison} back. */
  public void cure(String text) {
    poison.remove(text);
  }

  /** Fails the next call that contains this text, and no other. */
  public void failOnce(String text) {
    failOnce.add(text);
  }

  /** Fails the next call with an error that nobody expects. */
  public void throwOnce(Error error) {
    errors.add(error);
  }

  /** Says whether batches are best of texts of like lengths; they are unless this is called. */
  public void likeLengths(boolean value) {
    likeLengths = value;
  }

  @Override
  public boolean wantsLikeLengths() {
    return likeLengths;
  }

  /** Encodes this text to NaN. */
  public void notFinite(String text) {
    notFinite.add(text);
  }

  /** Runs this before each call but those that check a known-good text: it may throw. */
  public void failWhen(Consumer<List<String>> failure) {
    failWhen = failure;
  }

  /** Runs this, which is to throw, before each call, the checks included. */
  public void failAlways(Runnable failure) {
    failAlways = failure;
  }

  /** Fails each call until {@code false} is given. */
  public void broken(boolean value) {
    broken = value;
  }

  /** Runs out of memory at each call until {@code false} is given. */
  public void outOfMemory(boolean value) {
    outOfMemory = value;
  }

  /** Holds up every call from now on; {@link #letThrough} lets some go. */
  public void hold() {
    permits.drainPermits();
  }

  /** Lets this many calls go. */
  public void letThrough(int calls) {
    permits.release(calls);
  }

  /** The texts of each call so far, those of the check with a known-good text left out. */
  public List<List<String>> batches() {
    return batches;
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return closed;
  }

  @Override
  public String modelName() {
    return "letters";
  }

  @Override
  public String modelVersion() {
    return "letters-1";
  }

  @Override
  public int dimension() {
    return DIMENSION;
  }

  @Override
  public int maxSequenceLength() {
    return maxSequenceLength;
  }

  @Override
  public int replicas() {
    return replicas;
  }

  @Override
  public List<TokenizedText> tokenize(List<String> texts) {
    List<TokenizedText> tokenized = new ArrayList<>();
    for (String text : texts) {
      int[] ids = text.chars().limit(maxSequenceLength).toArray();
      tokenized.add(new TokenizedText(ids, text.length() > maxSequenceLength));
    }
    return tokenized;
  }

  @Override
  public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    List<String> texts = batch.stream().map(LetterEncoder::text).toList();
    boolean check = texts.size() == 1 && texts.get(0).startsWith(EncoderHost.KNOWN_GOOD);
    if (!check) {
      permits.acquireUninterruptibly();
      batches.add(texts);
      failWhen.accept(texts);
      Error error = errors.poll();
      if (error != null) {
        throw error;
      }
      for (String text : texts) {
        if (failOnce.remove(text)) {
          throw new EncoderException("a failure that passes", null);
        }
      }
    }
    failAlways.run();
    if (outOfMemory) {
      throw new OutOfMemoryError("test");
    }
    if (broken) {
      throw new EncoderException("the device is dead", null);
    }
    for (String text : texts) {
      if (poison.contains(text)) {
        throw new EncoderException("the kernel refused its input", null);
      }
    }
    return texts.stream()
        .map(
            text -> {
              float[] vector = embedding(text);
              if (notFinite.contains(text)) {
                vector[3] = Float.NaN;
              }
              return vector;
            })
        .toArray(float[][]::new);
  }

  @Override
  public void close() {
    closed = true;
  }

  private static String text(TokenizedText tokenized) {
    return new String(tokenized.ids(), 0, tokenized.ids().length);
  }
}
