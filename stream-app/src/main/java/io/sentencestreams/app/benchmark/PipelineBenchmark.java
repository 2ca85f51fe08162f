package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.SentenceEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The pipeline from topic to topic under exactly-once, beside the bare encoder on the same texts.
 * The broker runs in a process of its own on the same machine.
 */
public final class PipelineBenchmark implements AutoCloseable {
  private static final int MANY = 12;
  private static final int WARM_UP_TEXTS = 500;

  /** The first fifth of a turn is not counted: an application that has just started is slower. */
  private static final int WARM_UP_SHARE = 5;

  private static final int MOST_WARM_UPS = 30;

  /** While the compilers are warmed up what a commit does must be met often too. */
  private static final Map<String, Object> MANY_COMMITS =
      Map.of(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "5");

  /** So many turns without one that takes less than this share of the least before. */
  private static final int SETTLED_TURNS = 3;

  private static final double SETTLED = .97;

  private final Options options;
  private final Map<String, ?> config;
  private final BenchmarkTexts texts;
  private final Path state;
  private final Consumer<String> progress;
  private final BenchmarkCluster cluster = BenchmarkCluster.start();
  private int turns;

  /**
   * How long to measure.
   *
   * @param rounds turns of each contender that count; one more goes before them
   * @param seconds of a turn of the real encoder, about
   * @param records in a turn of the look-up encoder
   * @param idleTexts single texts on an idle system
   * @param warmUpSeconds at the rate at which latency is measured, before it is
   */
  public record Options(
      int rounds, double seconds, int records, int idleTexts, double warmUpSeconds) {}

  /**
   * Starts the broker.
   *
   * @param config further keys of the stream's configuration
   * @param state an empty folder; stays the caller's
   * @param progress told of what is measured next
   */
  public PipelineBenchmark(
      Options options,
      Map<String, ?> config,
      BenchmarkTexts texts,
      Path state,
      Consumer<String> progress) {
    this.options = options;
    this.config = config;
    this.texts = texts;
    this.state = state;
    this.progress = progress;
  }

  /** Measures the rates of the pipeline and of the bare encoder, in turns. */
  public PipelineReport.Rates rates(SentenceEncoder encoder) {
    progress.accept("the bare encoder, to see how many texts make a turn");
    double cold = bare(encoder, WARM_UP_TEXTS).rate();
    double warm = bare(encoder, (int) Math.max(1, cold * options.seconds() / 2)).rate();
    long count = Math.max(1, (long) (warm * options.seconds()));
    warmUpCompilers();
    List<Turn> bare = new ArrayList<>();
    List<Turn> one = new ArrayList<>();
    List<Turn> many = new ArrayList<>();
    for (int round = 0; round <= options.rounds(); round++) {
      progress.accept(
          "round %d of %d: bare, 1 partition, 12 partitions".formatted(round, options.rounds()));
      List<Turn> turns =
          List.of(
              bare(encoder, (int) count),
              turn(() -> new KeptEncoder(encoder), 1, count),
              turn(() -> new KeptEncoder(encoder), MANY, count));
      progress.accept(
          "round %d: %.0f, %.0f, %.0f texts/s"
              .formatted(round, turns.get(0).rate(), turns.get(1).rate(), turns.get(2).rate()));
      if (round > 0) { // the first prepares
        bare.add(turns.get(0));
        one.add(turns.get(1));
        many.add(turns.get(2));
      }
    }
    return new PipelineReport.Rates(
        encoder.modelName() + " " + encoder.modelVersion(),
        count,
        contender(bare, bare),
        contender(one, bare),
        contender(many, bare),
        Medians.medianRatio(rates(many), rates(one)));
  }

  /**
   * Turns of a look-up encoder until a record takes broker and stream no less than before. At the
   * encoder's rate their compilers would be at work in all turns, as they are not in programs that
   * run for days.
   */
  private void warmUpCompilers() {
    Map<String, Object> warmUpConfig = new HashMap<>(config);
    warmUpConfig.putAll(MANY_COMMITS);
    double least = Double.POSITIVE_INFINITY;
    int since = 0;
    for (int i = 1; i <= MOST_WARM_UPS && since < SETTLED_TURNS; i++) {
      double micros = turn(LookupEncoder::new, MANY, options.records(), warmUpConfig).cpuMicros();
      progress.accept(
          "a look-up encoder's turn, for the compilers: %.1f us a record".formatted(micros));
      since = micros < SETTLED * least ? 0 : since + 1;
      least = Math.min(least, micros);
    }
    if (since < SETTLED_TURNS) {
      progress.accept("the compilers are still at work after %d turns".formatted(MOST_WARM_UPS));
    }
  }

  private static PipelineReport.Contender contender(List<Turn> own, List<Turn> bare) {
    return new PipelineReport.Contender(
        Medians.median(rates(own)),
        Medians.medianRatio(rates(own), rates(bare)),
        Medians.median(own.stream().map(Turn::cpuMicros).toList()),
        // A text that takes half the processor time would be done twice as often.
        ratio(bare, own, Turn::cpuMicros),
        ratio(bare, own, Turn::ownCpuMicros),
        medianParts(own),
        Medians.median(own.stream().map(Turn::changelogBytes).toList()));
  }

  private static double ratio(
      List<Turn> dividends, List<Turn> divisors, Function<Turn, Double> value) {
    return Medians.medianRatio(
        dividends.stream().map(value).toList(), divisors.stream().map(value).toList());
  }

  private static Map<String, Double> medianParts(List<Turn> turns) {
    Map<String, Double> medians = new LinkedHashMap<>();
    for (String part : turns.get(0).parts().keySet()) {
      medians.put(
          part, Medians.median(turns.stream().map(turn -> turn.parts().get(part)).toList()));
    }
    return medians;
  }

  private static List<Double> rates(List<Turn> turns) {
    return turns.stream().map(Turn::rate).toList();
  }

  /**
   * Measures latencies at a rate, and on an idle system.
   *
   * @param wanted texts a second; not less than one is fed, however slow the machine was
   */
  public PipelineReport.Latencies latency(BatchEncoder encoder, double wanted)
      throws InterruptedException {
    double perSecond = Math.max(1, wanted);
    try (PipelineTurn turn = newTurn(MANY, config)) {
      turn.start(() -> new KeptEncoder(encoder));
      LatencyProbe probe = new LatencyProbe(cluster, turn, texts);
      int warmUp = (int) (perSecond * options.warmUpSeconds());
      int count = Math.max(10, (int) (perSecond * options.seconds()));
      progress.accept(
          "latency at %.0f texts/s, after %.0f s of it"
              .formatted(perSecond, options.warmUpSeconds()));
      LatencyProbe.Latency atRate = probe.atRate(perSecond, warmUp, count);
      progress.accept("latency of single texts on an idle system");
      return new PipelineReport.Latencies(perSecond, atRate, probe.idle(options.idleTexts()));
    }
  }

  /** Measures what the pipeline can do when there is nothing to encode, and where that goes. */
  public PipelineReport.Ceiling ceiling() {
    List<Double> one = new ArrayList<>();
    List<Double> many = new ArrayList<>();
    for (int round = 0; round <= options.rounds(); round++) {
      progress.accept(
          "look-up, round %d of %d: 1 partition, 12 partitions".formatted(round, options.rounds()));
      Turn oneTurn = turn(LookupEncoder::new, 1, options.records());
      Turn manyTurn = turn(LookupEncoder::new, MANY, options.records());
      progress.accept(
          "round %d: %,.0f, %,.0f records/s".formatted(round, oneTurn.rate(), manyTurn.rate()));
      if (round > 0) {
        one.add(oneTurn.rate());
        many.add(manyTurn.rate());
      }
    }
    progress.accept("look-up: where the time goes, and the restore");
    try (PipelineTurn turn = newTurn(MANY, config)) {
      double startSeconds = turn.start(LookupEncoder::new);
      Map<String, Double> shares;
      Map<String, Double> micros = new LinkedHashMap<>();
      CpuAccount cpu = CpuAccount.begin(cluster::cpu);
      try (StreamThreadProfile profile = StreamThreadProfile.begin()) {
        cluster.produce(turn.input(), texts, 0, options.records());
        turn.rate(options.records(), () -> micros.putAll(micros(cpu, options.records())));
        shares = profile.shares();
      }
      double changelogBytes = turn.changelogBytes() / options.records();
      turn.stop();
      BenchmarkCluster.Contents out = turn.check(options.records());
      double restoreSeconds = turn.start(LookupEncoder::new);
      return new PipelineReport.Ceiling(
          options.records(),
          Medians.median(one),
          Medians.median(many),
          Medians.medianRatio(many, one),
          micros,
          shares,
          (double) out.bytes() / out.records(),
          changelogBytes,
          cluster.count(turn.changelog()).records(),
          startSeconds,
          restoreSeconds);
    }
  }

  private Turn bare(SentenceEncoder encoder, int count) {
    List<String> slice = texts.slice(0, count);
    CpuAccount cpu = CpuAccount.begin(cluster::cpu);
    long start = System.nanoTime();
    float[][] embeddings = encoder.encode(slice);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Turn(embeddings.length / seconds, micros(cpu, count), 0);
  }

  /**
   * What came of a turn.
   *
   * @param rate texts a second
   * @param parts processor time a text, by part of the machine
   * @param changelogBytes bytes a text on the changelog of what is in flight
   */
  private record Turn(double rate, Map<String, Double> parts, double changelogBytes) {
    double cpuMicros() {
      return parts.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    double ownCpuMicros() {
      return cpuMicros() - parts.get(CpuAccount.BROKER);
    }
  }

  private static Map<String, Double> micros(CpuAccount account, long records) {
    Map<String, Double> micros = new LinkedHashMap<>();
    account.seconds().forEach((part, used) -> micros.put(part, used * 1e6 / records));
    return micros;
  }

  private Turn turn(Supplier<? extends BatchEncoder> encoder, int partitions, long count) {
    return turn(encoder, partitions, count, config);
  }

  private Turn turn(
      Supplier<? extends BatchEncoder> encoder, int partitions, long count, Map<String, ?> config) {
    try (PipelineTurn turn = newTurn(partitions, config)) {
      cluster.produce(turn.input(), texts, 0, count);
      turn.start(encoder);
      long warmUp = count / WARM_UP_SHARE;
      turn.awaitForwarded(warmUp);
      CpuAccount account = CpuAccount.begin(cluster::cpu);
      long left = count - turn.forwarded();
      Map<String, Double> parts = new LinkedHashMap<>();
      double rate = turn.rate(count, () -> parts.putAll(micros(account, left)));
      parts.put(CpuAccount.BENCHMARK, 0.0); // it only looks whether all is done
      Turn result = new Turn(rate, parts, turn.changelogBytes() / count);
      turn.stop();
      turn.check(count);
      return result;
    }
  }

  private PipelineTurn newTurn(int partitions, Map<String, ?> config) {
    String name = "turn" + turns++;
    return new PipelineTurn(
        cluster,
        name,
        partitions,
        state.resolve(name),
        config,
        Map.of(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG, "1000"));
  }

  @Override
  public void close() {
    cluster.close();
  }
}
