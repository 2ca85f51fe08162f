package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The encoder beside ONNX Runtime on the same token ids, in one run: contenders take turns in every
 * round, so that a disturbance hits all of them, and the ratio is the median over the rounds.
 *
 * <p>Each contender encodes as its users would: ours as the micro-batcher does, a batch on each
 * replica at once; ONNX Runtime one batch after the other on all cores.
 */
public final class EncoderBenchmark implements AutoCloseable {
  private static final String FP32 = "/all-minilm-l6-v2.onnx";
  private static final String INT8 = "/all-minilm-l6-v2-q.onnx";
  private static final int BATCH = 32;

  private final BatchEncoder encoder;
  private final OnnxPeer fp32 = new OnnxPeer(FP32);
  private final OnnxPeer int8 = new OnnxPeer(INT8);
  private final ExecutorService replicas;

  /**
   * A benchmark of an encoder of the default model.
   *
   * @param encoder stays the caller's
   */
  public EncoderBenchmark(BatchEncoder encoder) {
    this.encoder = encoder;
    this.replicas = Executors.newFixedThreadPool(encoder.replicas());
  }

  /** Whether the peers are on the class path: the launcher puts them there for this command. */
  public static boolean peersArePresent() {
    return EncoderBenchmark.class.getResource(INT8) != null;
  }

  /** Version of ONNX Runtime. */
  public static String peerVersion() {
    return OnnxPeer.version();
  }

  /**
   * What one contender did on one workload.
   *
   * @param workload its name
   * @param contender {@code ours}, {@code onnxruntime-fp32} or {@code onnxruntime-int8}
   * @param textsPerSecond median over the rounds
   * @param tokensPerSecond median over the rounds, padding not counted
   * @param ours how many times as fast ours was, median over the rounds
   * @param cosine least cosine similarity to our embeddings
   */
  public record Row(
      String workload,
      String contender,
      double textsPerSecond,
      double tokensPerSecond,
      double ours,
      double cosine) {}

  private interface Contender {
    void encode(Workload workload);
  }

  /**
   * Runs all workloads.
   *
   * @param scale multiplies the number of texts; 1 takes about a second for each turn
   * @param rounds turns of each contender that count; one more goes before them
   * @param progress told of each workload as it begins
   */
  public List<Row> run(double scale, int rounds, Consumer<String> progress) {
    List<Workload> workloads =
        List.of(
            Workload.equal(16, scaled(384, scale), BATCH),
            Workload.equal(32, scaled(192, scale), BATCH),
            Workload.equal(128, scaled(64, scale), BATCH),
            Workload.mix(scaled(192, scale), BATCH, false),
            Workload.mix(scaled(192, scale), BATCH, true),
            Workload.equal(16, 1, 1));
    List<Row> rows = new ArrayList<>();
    for (Workload workload : workloads) {
      progress.accept(workload.name());
      rows.addAll(run(workload, rounds, workload.texts() == 1 ? scaled(100, scale) : 1));
    }
    return rows;
  }

  private List<Row> run(Workload workload, int rounds, int repeats) {
    Map<String, Contender> contenders = new LinkedHashMap<>();
    contenders.put("ours", this::encodeOnReplicas);
    contenders.put("onnxruntime-fp32", work -> work.batches().forEach(fp32::encode));
    contenders.put("onnxruntime-int8", work -> work.batches().forEach(int8::encode));
    Map<String, double[]> seconds = new LinkedHashMap<>();
    contenders.keySet().forEach(name -> seconds.put(name, new double[rounds]));
    for (int round = -1; round < rounds; round++) { // the round before the first prepares
      for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
        long start = System.nanoTime();
        for (int repeat = 0; repeat < repeats; repeat++) {
          contender.getValue().encode(workload);
        }
        if (round >= 0) {
          seconds.get(contender.getKey())[round] = (System.nanoTime() - start) / 1e9 / repeats;
        }
      }
    }
    double[] ours = seconds.get("ours");
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<String, double[]> entry : seconds.entrySet()) {
      double[] ratios = new double[rounds];
      Arrays.setAll(ratios, i -> entry.getValue()[i] / ours[i]);
      double median = median(entry.getValue());
      rows.add(
          new Row(
              workload.name(),
              entry.getKey(),
              workload.texts() / median,
              workload.tokens() / median,
              median(ratios),
              cosine(entry.getKey(), workload.batches().get(0))));
    }
    return rows;
  }

  private void encodeOnReplicas(Workload workload) {
    List<List<TokenizedText>> batches = workload.batches();
    if (batches.size() == 1) {
      encoder.encodeBatch(batches.get(0), 0);
      return;
    }
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < encoder.replicas(); i++) {
      int replica = i;
      running.add(
          replicas.submit(
              () -> {
                for (int batch = next.getAndIncrement();
                    batch < batches.size();
                    batch = next.getAndIncrement()) {
                  encoder.encodeBatch(batches.get(batch), replica);
                }
              }));
    }
    try {
      for (Future<?> replica : running) {
        replica.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the encoder failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private double cosine(String contender, List<TokenizedText> batch) {
    float[][] ours = encoder.encodeBatch(batch, 0);
    float[][] theirs =
        switch (contender) {
          case "onnxruntime-fp32" -> fp32.encode(batch);
          case "onnxruntime-int8" -> int8.encode(batch);
          default -> ours;
        };
    double least = 1;
    for (float similarity : SimilarityFunction.COSINE.pairwise(ours, theirs)) {
      least = Math.min(least, similarity);
    }
    return least;
  }

  private static int scaled(int texts, double scale) {
    return Math.max(1, (int) (texts * scale));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  @Override
  public void close() {
    replicas.shutdownNow();
    fp32.close();
    int8.close();
  }
}
