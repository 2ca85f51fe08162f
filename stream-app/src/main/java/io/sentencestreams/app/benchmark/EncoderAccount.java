package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.profiling.MatrixPeak;
import io.sentencestreams.model.profiling.OperatorProfile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How near the encoder comes to what the machine's arithmetic can do, and where the rest goes.
 *
 * @param workload what was encoded
 * @param precision the encoder's
 * @param peakPrecision that of the matrices of the peak
 * @param gigaflops multiplications and additions of linear layers and attention a second, in
 *     thousands of millions, on all replicas at once
 * @param peakGigaflops those of products of large matrices, on as many threads
 * @param share of the peak that the encoder reaches: the median over rounds of turns
 * @param shares of the time from text to embedding, on one thread: tokenizing, each kind of
 *     operator, and the rest between the operators
 */
public record EncoderAccount(
    String workload,
    String precision,
    String peakPrecision,
    double gigaflops,
    double peakGigaflops,
    double share,
    Map<String, Double> shares) {
  /**
   * Measures.
   *
   * @param encoder the encoder, whose replicas work at once
   * @param oneThread another one of the same model and precision, with one thread for a batch
   * @param rounds turns of encoder and peak that count
   */
  static EncoderAccount of(
      SentenceEncoder encoder,
      SentenceEncoder oneThread,
      TransformerConfig config,
      Replicas replicas,
      List<String> texts,
      int batchSize,
      int rounds) {
    List<List<TokenizedText>> batches = Workload.sorted(encoder.tokenize(texts), batchSize);
    double operations =
        batches.stream().flatMap(List::stream).mapToDouble(text -> operations(config, text)).sum();
    try (MatrixPeak peak = new MatrixPeak(encoder.precision())) {
      int products = (int) Math.ceil(operations / peak.operations() / replicas.count());
      Map<String, Runnable> contenders = new LinkedHashMap<>();
      contenders.put(
          "ours",
          () -> replicas.share(batches.size(), (i, r) -> encoder.encodeBatch(batches.get(i), r)));
      contenders.put(
          "peak",
          () ->
              replicas.onEach(
                  replica -> {
                    for (int i = 0; i < products; i++) {
                      peak.multiply();
                    }
                  }));
      Turns turns = Turns.take(contenders, rounds);
      double peakOperations = peak.operations() * products * replicas.count();
      return new EncoderAccount(
          TextWorkload.NAME + ", sorted",
          encoder.precision().toString(),
          peak.precision().toString(),
          operations / turns.median("ours") / 1e9,
          peakOperations / turns.median("peak") / 1e9,
          turns.ratio("peak", "ours") * operations / peakOperations,
          shares(oneThread, texts, batchSize));
    }
  }

  /** Multiplications and additions of a text's linear layers and attention. */
  private static double operations(TransformerConfig config, TokenizedText text) {
    double hidden = config.hiddenSize();
    double weights = 4 * hidden * hidden + 2 * hidden * config.intermediateSize();
    double attention = 2 * text.length() * hidden;
    return 2 * config.layers() * text.length() * (weights + attention);
  }

  private static Map<String, Double> shares(
      SentenceEncoder encoder, List<String> texts, int batchSize) {
    long start = System.nanoTime();
    List<TokenizedText> tokenized = encoder.tokenize(texts);
    double tokenizing = (System.nanoTime() - start) / 1e9;
    List<List<TokenizedText>> batches = new ArrayList<>(Workload.sorted(tokenized, batchSize));
    encoder.encodeBatch(batches.get(0), 0);
    double[] encoding = new double[1];
    Map<OperatorProfile.Part, Double> parts =
        OperatorProfile.of(
            () -> {
              long begin = System.nanoTime();
              batches.forEach(batch -> encoder.encodeBatch(batch, 0));
              encoding[0] = (System.nanoTime() - begin) / 1e9;
            });
    double total = tokenizing + encoding[0];
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put("tokenizing", tokenizing / total);
    double rest = encoding[0];
    for (OperatorProfile.Part part : OperatorProfile.Part.values()) {
      double seconds = parts.getOrDefault(part, 0.0);
      shares.put(name(part), seconds / total);
      rest -= seconds;
    }
    shares.put("between operators", Math.max(0, rest) / total);
    return shares;
  }

  private static String name(OperatorProfile.Part part) {
    return switch (part) {
      case LINEAR -> "linear layers";
      case ATTENTION -> "attention";
      case LAYER_NORM -> "layer normalization";
      case ACTIVATION -> "activation, where not in a linear layer";
      case OTHER -> "other operators";
    };
  }
}
