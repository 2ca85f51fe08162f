package io.sentencestreams.app.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The whole stream with its window of near-duplicates, on more threads and more instances. The
 * encoder only looks vectors up, so what is measured is the pipeline and the window. The broker
 * runs in a process of its own on the same machine.
 */
public final class ScalingBenchmark implements AutoCloseable {
  private static final String DUPLICATES = "duplicates";

  /** The first fifth of a turn is not counted: an application that has just started is slower. */
  private static final int WARM_UP_SHARE = 5;

  private static final List<Layout> LAYOUTS =
      List.of(new Layout(1, 1), new Layout(1, 4), new Layout(2, 1), new Layout(2, 2));

  private final int rounds;
  private final LookupWorkload workload;
  private final BenchmarkCluster cluster = BenchmarkCluster.start();
  private int turns;

  /** How the application runs. */
  private record Layout(int instances, int threads) {}

  /**
   * A layout's figures, medians over the rounds.
   *
   * @param instances of the application, in one process
   * @param threads of each
   * @param recordsPerSecond that the window took in, from topic to window
   * @param ofFirst the rate over that of one instance with one thread, in the same round
   * @param cpuMicros processor time a record by part of the machine
   * @param routedBytes a record on the topic between encoder and window
   * @param changelogBytes a record on the changelogs of the window
   * @param probes copies of a record that went to further partitions
   */
  public record Row(
      int instances,
      int threads,
      double recordsPerSecond,
      double ofFirst,
      Map<String, Double> cpuMicros,
      double routedBytes,
      double changelogBytes,
      double probes) {}

  /**
   * Starts the broker.
   *
   * @param rounds turns of each layout that count; one more goes before them
   * @param workload of each turn
   */
  public ScalingBenchmark(int rounds, LookupWorkload workload) {
    this.rounds = rounds;
    this.workload = workload;
  }

  /** Measures the layouts in turns. */
  public List<Row> run() {
    List<List<Row>> byLayout = new ArrayList<>();
    LAYOUTS.forEach(layout -> byLayout.add(new ArrayList<>()));
    for (int round = 0; round <= rounds; round++) {
      double first = 0;
      for (int i = 0; i < LAYOUTS.size(); i++) {
        Row row = turn(LAYOUTS.get(i), first);
        first = i == 0 ? row.recordsPerSecond() : first;
        workload
            .progress()
            .accept(
                "round %d of %d: %d instances of %d threads: %,.0f records/s"
                    .formatted(
                        round, rounds, row.instances(), row.threads(), row.recordsPerSecond()));
        if (round > 0) { // the first prepares
          byLayout.get(i).add(row);
        }
      }
    }
    return byLayout.stream().map(ScalingBenchmark::median).toList();
  }

  private Row turn(Layout layout, double first) {
    String name = "scaling" + turns++;
    int records = workload.records();
    Map<String, Object> properties = workload.properties(layout.threads(), name + "-" + DUPLICATES);
    try (PipelineTurn turn =
        new PipelineTurn(
            cluster,
            name,
            LookupWorkload.PARTITIONS,
            workload.state().resolve(name),
            properties,
            Map.of(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG, "1000"))) {
      cluster.produce(turn.input(), workload.texts(), 0, records);
      turn.start(workload.encoder(), layout.instances());
      long warmUp = records / WARM_UP_SHARE;
      turn.awaitWindow(warmUp);
      CpuAccount account = CpuAccount.begin(cluster::cpu);
      long start = System.nanoTime();
      turn.awaitWindow(records);
      double rate = (records - warmUp) / ((System.nanoTime() - start) / 1e9);
      Map<String, Double> micros = new LinkedHashMap<>();
      account.seconds().forEach((part, used) -> micros.put(part, used * 1e6 / (records - warmUp)));
      return new Row(
          layout.instances(),
          layout.threads(),
          rate,
          first == 0 ? 1 : rate / first,
          micros,
          turn.sentBytes(turn.internal("window-repartition")) / records,
          (turn.sentBytes(turn.internal("window-vectors-changelog"))
                  + turn.sentBytes(turn.internal("window-entries-changelog"))
                  + turn.sentBytes(turn.internal("window-state-changelog")))
              / records,
          turn.metric("window-metrics", "probes-total", null, null) / records);
    }
  }

  private static Row median(List<Row> rows) {
    Row any = rows.get(0);
    Map<String, Double> micros = new LinkedHashMap<>();
    for (String part : any.cpuMicros().keySet()) {
      micros.put(
          part, Medians.median(rows.stream().map(row -> row.cpuMicros().get(part)).toList()));
    }
    return new Row(
        any.instances(),
        any.threads(),
        Medians.median(rows.stream().map(Row::recordsPerSecond).toList()),
        Medians.median(rows.stream().map(Row::ofFirst).toList()),
        micros,
        any.routedBytes(),
        any.changelogBytes(),
        any.probes());
  }

  @Override
  public void close() {
    cluster.close();
  }
}
