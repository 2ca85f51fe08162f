package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The encoder beside ONNX Runtime on the same token ids, and beside LangChain4j on the same texts,
 * in one run: contenders take turns in every round, so that a disturbance hits all of them, and the
 * ratio is the median over the rounds.
 *
 * <p>Each contender encodes as its users would: ours as the micro-batcher does, a batch on each
 * replica at once; ONNX Runtime one batch after the other on all cores; LangChain4j by its {@code
 * embedAll}, from the text on, and ours likewise.
 */
public final class EncoderBenchmark implements AutoCloseable {
  private static final String FP32 = "/all-minilm-l6-v2.onnx";
  private static final String INT8 = "/all-minilm-l6-v2-q.onnx";
  private static final String OURS = "ours";
  private static final int BATCH = 32;

  private final SentenceEncoder encoder;
  private final OnnxPeer fp32 = new OnnxPeer(FP32);
  private final OnnxPeer int8 = new OnnxPeer(INT8);
  private final LangChainPeer langChain = new LangChainPeer();
  private final Replicas replicas;

  /**
   * A benchmark of an encoder of the default model.
   *
   * @param encoder stays the caller's
   */
  public EncoderBenchmark(SentenceEncoder encoder) {
    this.encoder = encoder;
    this.replicas = new Replicas(encoder.replicas());
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
   * @param contender {@code ours}, {@code onnxruntime-fp32}, {@code onnxruntime-int8} or, where
   *     texts are tokenized too, {@code langchain4j}
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

  /**
   * Runs all workloads.
   *
   * @param scale multiplies the number of texts
   * @param rounds turns of each contender that count
   * @param progress told of each workload as it begins
   */
  public List<Row> run(double scale, int rounds, Consumer<String> progress) {
    List<Workload> workloads =
        List.of(
            Workload.equal(16, scaled(1536, scale), 128),
            Workload.equal(32, scaled(768, scale), 64),
            Workload.equal(128, scaled(256, scale), 16),
            Workload.mix(scaled(192, scale), BATCH, false),
            Workload.mix(scaled(192, scale), BATCH, true),
            Workload.equal(16, 1, 1));
    List<Row> rows = new ArrayList<>();
    for (Workload workload : workloads) {
      progress.accept(workload.name());
      rows.addAll(run(workload, rounds));
    }
    progress.accept(TextWorkload.NAME);
    rows.addAll(runTexts(TextWorkload.mix(scaled(384, scale)), rounds));
    return rows;
  }

  /**
   * The encoder beside the machine's peak, and where its time goes.
   *
   * @param oneThread an encoder of the same model and precision with one thread for a batch; stays
   *     the caller's
   * @param config the model's architecture
   * @param scale multiplies the number of texts
   * @param rounds turns that count
   */
  public EncoderAccount account(
      SentenceEncoder oneThread, TransformerConfig config, double scale, int rounds) {
    List<String> texts = TextWorkload.mix(scaled(192, scale));
    return EncoderAccount.of(encoder, oneThread, config, replicas, texts, BATCH, rounds);
  }

  private List<Row> run(Workload workload, int rounds) {
    Map<String, Runnable> contenders = new LinkedHashMap<>();
    contenders.put(OURS, () -> encodeOnReplicas(workload));
    contenders.put("onnxruntime-fp32", () -> workload.batches().forEach(fp32::encode));
    contenders.put("onnxruntime-int8", () -> workload.batches().forEach(int8::encode));
    Turns turns = Turns.take(contenders, rounds);
    List<TokenizedText> first = workload.batches().get(0);
    float[][] vectors = encoder.encodeBatch(first, 0);
    List<Row> rows = new ArrayList<>();
    for (String contender : contenders.keySet()) {
      float[][] theirs =
          switch (contender) {
            case "onnxruntime-fp32" -> fp32.encode(first);
            case "onnxruntime-int8" -> int8.encode(first);
            default -> vectors;
          };
      rows.add(
          row(
              workload.name(),
              contender,
              turns,
              workload.texts(),
              workload.tokens(),
              leastCosine(vectors, theirs)));
    }
    return rows;
  }

  private List<Row> runTexts(List<String> texts, int rounds) {
    Map<String, Runnable> contenders = new LinkedHashMap<>();
    contenders.put(OURS, () -> encoder.encode(texts));
    contenders.put("langchain4j", () -> langChain.encode(texts));
    Turns turns = Turns.take(contenders, rounds);
    int tokens = encoder.tokenize(texts).stream().mapToInt(TokenizedText::length).sum();
    double cosine = leastCosine(encoder.encode(texts), langChain.encode(texts));
    return List.of(
        row(TextWorkload.NAME, OURS, turns, texts.size(), tokens, 1),
        row(TextWorkload.NAME, "langchain4j", turns, texts.size(), tokens, cosine));
  }

  private static Row row(
      String workload, String contender, Turns turns, int texts, int tokens, double cosine) {
    double median = turns.median(contender);
    double ours = turns.ratio(contender, OURS);
    return new Row(workload, contender, texts / median, tokens / median, ours, cosine);
  }

  private void encodeOnReplicas(Workload workload) {
    List<List<TokenizedText>> batches = workload.batches();
    if (batches.size() == 1) {
      encoder.encodeBatch(batches.get(0), 0);
    } else {
      replicas.share(
          batches.size(), (batch, replica) -> encoder.encodeBatch(batches.get(batch), replica));
    }
  }

  private static double leastCosine(float[][] ours, float[][] theirs) {
    double least = 1;
    for (float similarity : SimilarityFunction.COSINE.pairwise(ours, theirs)) {
      least = Math.min(least, similarity);
    }
    return least;
  }

  private static int scaled(int texts, double scale) {
    return Math.max(1, (int) (texts * scale));
  }

  @Override
  public void close() {
    replicas.close();
    fp32.close();
    int8.close();
  }
}
