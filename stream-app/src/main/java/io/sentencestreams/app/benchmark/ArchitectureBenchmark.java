package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Each architecture beside Sentence Transformers, from text to embedding, on models of one size and
 * the same texts. Contenders take turns in every round.
 */
public final class ArchitectureBenchmark {
  private static final int SHOWN = 16;

  /** A table alone needs as many more texts for a turn that is long enough to be measured. */
  private static final int TEXTS_OF_A_TABLE = 20;

  private final ArchitectureModels models;
  private final Optional<PythonPeer> peer;

  /**
   * A benchmark.
   *
   * @param base whose tokenizer all models get
   * @param layers of a transformer
   * @param width of its layers, a multiple of 96
   * @param peer stays the caller's
   */
  public ArchitectureBenchmark(Checkpoint base, int layers, int width, Optional<PythonPeer> peer) {
    this.models = new ArchitectureModels(base, layers, width);
    this.peer = peer;
  }

  /** The architectures that are measured. */
  public static List<String> architectures() {
    return ArchitectureModels.names();
  }

  /**
   * What one contender did with one architecture.
   *
   * @param precision of its arithmetic
   * @param contender {@code ours} or {@code python}
   * @param textsPerSecond median over the rounds
   * @param ours how many times as fast ours was in fp32 where this is fp32, or else in its own
   *     choice: median over the rounds
   * @param cosine least cosine similarity to our embeddings in fp32
   */
  public record Row(
      String architecture,
      String contender,
      String precision,
      double textsPerSecond,
      double ours,
      double cosine) {}

  /**
   * Measures architectures.
   *
   * @param texts how many are encoded in a turn, of 5 to 256 tokens; {@value #TEXTS_OF_A_TABLE}
   *     times as many where a model is a table alone
   * @param rounds turns of each contender that count
   * @param folder an empty one for the models
   * @param progress told of each architecture as it begins
   */
  public List<Row> run(
      List<String> architectures, int texts, int rounds, Path folder, Consumer<String> progress)
      throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String architecture : architectures) {
      progress.accept(architecture);
      boolean table = ArchitectureModels.isTable(architecture);
      List<String> workload = TextWorkload.mix(table ? TEXTS_OF_A_TABLE * texts : texts);
      peer.ifPresent(python -> python.take(workload));
      Path model = models.write(architecture, folder.resolve(architecture));
      rows.addAll(measure(architecture, model, workload, rounds));
    }
    return rows;
  }

  private List<Row> measure(String name, Path model, List<String> texts, int rounds) {
    try (SentenceEncoder fp32 =
            SentenceEncoder.load(model, EncoderOptions.DEFAULT.withPrecision(Precision.FP32));
        SentenceEncoder chosen =
            SentenceEncoder.load(model, EncoderOptions.DEFAULT.withPrecision(Precision.AUTO))) {
      boolean two = chosen.precision() != Precision.FP32;
      Map<String, Runnable> contenders = new LinkedHashMap<>();
      contenders.put("ours", () -> fp32.encode(texts));
      if (two) {
        contenders.put("ours, chosen", () -> chosen.encode(texts));
      }
      peer.ifPresent(
          python -> {
            python.load(model, "float32");
            contenders.put("python", () -> python.encode("float32"));
            if (two && ArchitectureModels.isTransformer(name)) {
              python.load(model, "bfloat16");
              contenders.put("python, bf16", () -> python.encode("bfloat16"));
            }
          });
      Turns turns = Turns.take(contenders, rounds);
      float[][] exact = fp32.encode(texts.subList(0, Math.min(SHOWN, texts.size())));
      List<Row> rows = new ArrayList<>();
      for (String contender : contenders.keySet()) {
        boolean own = contender.startsWith("ours");
        boolean plain = !contender.contains(",");
        float[][] theirs =
            own
                ? (plain ? fp32 : chosen).encode(texts.subList(0, exact.length))
                : peer.orElseThrow().embeddings(plain ? "float32" : "bfloat16", exact.length);
        rows.add(
            new Row(
                name,
                own ? "ours" : "python",
                plain ? "fp32" : own ? chosen.precision().toString() : "bf16",
                texts.size() / turns.median(contender),
                turns.ratio(contender, plain ? "ours" : "ours, chosen"),
                leastCosine(exact, theirs)));
      }
      return rows;
    }
  }

  private static double leastCosine(float[][] ours, float[][] theirs) {
    double least = 1;
    for (float similarity : SimilarityFunction.COSINE.pairwise(ours, theirs)) {
      least = Math.min(least, similarity);
    }
    return least;
  }
}
