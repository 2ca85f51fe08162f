package io.sentencestreams.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Encodes a list: tokenized at once, sorted by length, and cut or dealt out into batches, as the
 * encoder is best at, that the replicas take in turn. The batch with the longest text comes first,
 * so that memory runs out at the start or not at all.
 */
final class ListEncoding {
  private static final int TEXTS_PER_TOKENIZATION = 1024;

  /** A smaller batch costs more a token than an idle replica. */
  private static final int FEWEST_TOKENS = 512;

  /**
   * Kept for the next list: oneDNN and PyTorch have compiled operators for each thread, which is
   * worth 10 ms or so, and goes with the thread. As many as are asked for, so that no list waits
   * for another.
   */
  private static final ExecutorService WORKERS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          60,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          work -> {
            Thread thread = new Thread(work, "sentence-encoder");
            thread.setContextClassLoader(ListEncoding.class.getClassLoader()); // not the caller's
            thread.setDaemon(true);
            return thread;
          });

  private final BatchEncoder encoder;
  private final Function<List<String>, List<TokenizedText>> tokenizer;
  private final EncodeOptions options;

  /**
   * Prepares an encoding.
   *
   * @param tokenizer used instead of the encoder's own, which puts the default prompt before texts
   */
  ListEncoding(
      BatchEncoder encoder,
      Function<List<String>, List<TokenizedText>> tokenizer,
      EncodeOptions options) {
    this.encoder = encoder;
    this.tokenizer = tokenizer;
    this.options = options;
  }

  float[][] encode(List<String> texts) {
    return encodeTokenized(tokenize(texts));
  }

  float[][] encodeTokenized(List<TokenizedText> tokenized) {
    List<int[]> batches = batches(tokenized);
    Run run = new Run(tokenized, batches, new float[tokenized.size()][]);
    int workers = Math.min(encoder.replicas(), batches.size());
    if (workers <= 1) {
      run.work(0);
    } else {
      run.onThreads(workers);
    }
    options.truncateDimension().ifPresent(length -> truncate(run.result, length));
    if (options.normalize()) {
      for (float[] row : run.result) {
        scaleToUnitLength(row);
      }
    }
    return run.result;
  }

  private List<TokenizedText> tokenize(List<String> texts) {
    List<TokenizedText> all = new ArrayList<>(texts.size());
    for (int from = 0; from < texts.size(); from += TEXTS_PER_TOKENIZATION) {
      int to = Math.min(from + TEXTS_PER_TOKENIZATION, texts.size());
      all.addAll(tokenizer.apply(texts.subList(from, to)));
    }
    return all;
  }

  private List<int[]> batches(List<TokenizedText> texts) {
    Integer[] order = new Integer[texts.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt((Integer i) -> texts.get(i).length()).reversed());
    long tokens = texts.stream().mapToLong(TokenizedText::length).sum();
    // As many as keep all replicas at work until the end, but for lists that are too short for it.
    long most = options.batchTokens();
    long count = roundUp(Math.max(1, divideUp(tokens, most)), encoder.replicas());
    long share = Math.min(most, Math.max(divideUp(tokens, count), FEWEST_TOKENS));
    return encoder.wantsLikeLengths()
        ? cut(texts, order, share, most)
        : deal(texts, order, divideUp(tokens, share), most);
  }

  private static long divideUp(long a, long b) {
    return (a + b - 1) / b;
  }

  private static long roundUp(long n, long step) {
    return divideUp(n, step) * step;
  }

  /** Ends a batch where it has its share, or would have more than the most. */
  private static List<int[]> cut(
      List<TokenizedText> texts, Integer[] order, long share, long most) {
    List<int[]> batches = new ArrayList<>();
    int start = 0;
    long tokens = 0;
    for (int i = 0; i < order.length; i++) {
      int length = texts.get(order[i]).length();
      if (i > start && (tokens >= share || tokens + length > most)) {
        batches.add(indices(order, start, i));
        start = i;
        tokens = 0;
      }
      tokens += length;
    }
    if (start < order.length) {
      batches.add(indices(order, start, order.length));
    }
    return batches;
  }

  /** Each text, the longest first, to the batch with the fewest tokens, or to one more. */
  private static List<int[]> deal(
      List<TokenizedText> texts, Integer[] order, long count, long most) {
    List<Deal> deals = new ArrayList<>();
    for (long i = 0; i < Math.min(count, order.length); i++) {
      deals.add(new Deal());
    }
    PriorityQueue<Deal> byTokens =
        new PriorityQueue<>(Comparator.comparingLong((Deal deal) -> deal.tokens));
    byTokens.addAll(deals);
    for (int index : order) {
      int length = texts.get(index).length();
      Deal deal = byTokens.element();
      if (deal.tokens > 0 && deal.tokens + length > most) {
        deal = new Deal();
        deals.add(deal);
      } else {
        byTokens.remove();
      }
      deal.indices.add(index);
      deal.tokens += length;
      byTokens.add(deal);
    }
    return deals.stream().map(Deal::toArray).toList();
  }

  /** A batch that is being dealt. */
  private static final class Deal {
    final List<Integer> indices = new ArrayList<>();
    long tokens;

    int[] toArray() {
      return indices.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  private static int[] indices(Integer[] order, int from, int to) {
    return Arrays.stream(order, from, to).mapToInt(Integer::intValue).toArray();
  }

  /** Cuts rows that are longer. */
  static void truncate(float[][] rows, int length) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length > length) {
        rows[i] = Arrays.copyOf(rows[i], length);
      }
    }
  }

  private static void scaleToUnitLength(float[] vector) {
    double norm = Math.sqrt(SimilarityFunction.DOT.similarity(vector, vector));
    if (norm > 0) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) (vector[i] / norm);
      }
    }
  }

  /** One list on its way; the workers share it. */
  private final class Run {
    final List<TokenizedText> texts;
    final List<int[]> batches;
    final float[][] result;
    final AtomicInteger next = new AtomicInteger();
    private int done;

    Run(List<TokenizedText> texts, List<int[]> batches, float[][] result) {
      this.texts = texts;
      this.batches = batches;
      this.result = result;
    }

    void work(int replica) {
      for (int b = next.getAndIncrement(); b < batches.size(); b = next.getAndIncrement()) {
        int[] indices = batches.get(b);
        List<TokenizedText> batch = new ArrayList<>(indices.length);
        for (int index : indices) {
          batch.add(texts.get(index));
        }
        float[][] rows = encoder.encodeBatch(batch, replica);
        for (int i = 0; i < rows.length; i++) {
          result[indices[i]] = rows[i];
        }
        report(rows.length);
      }
    }

    private synchronized void report(int texts) {
      done += texts;
      options.progress().encoded(done, result.length);
    }

    void onThreads(int workers) {
      try {
        List<Future<?>> futures = new ArrayList<>();
        for (int w = 0; w < workers; w++) {
          int replica = w;
          futures.add(WORKERS.submit(() -> work(replica)));
        }
        for (Future<?> future : futures) {
          await(future);
        }
      } finally {
        next.set(batches.size()); // after a failure the other workers stop at their next batch
      }
    }

    private void await(Future<?> future) {
      try {
        future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof EncoderException failure) {
          throw new EncoderException(failure.getMessage(), failure);
        }
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while encoding", e);
      }
    }
  }
}
