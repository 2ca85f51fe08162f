package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.app.benchmark.ClusterBenchmark;
import io.sentencestreams.app.benchmark.WindowVectors;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.clustering.KMeans;
import io.sentencestreams.trainer.evaluation.ClusteringScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "clusters",
    description = {
      "Online clusters of a stream of labelled texts, judged by the cluster that each text was"
          + " given when it arrived (provisional or not; noise counts as one cluster), beside"
          + " k-means, offline, with the true number of classes. Prints one JSON object for each."
    },
    footer = {"", "Example: sentence-streams benchmark clusters --texts t.txt --labels l.txt"})
final class ClusterBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(names = "--texts", required = true, paramLabel = "FILE", description = "A text a line.")
  private String texts;

  @Option(names = "--labels", required = true, paramLabel = "FILE", description = "Their classes.")
  private String labels;

  @Option(
      names = "--embeddings",
      paramLabel = "FILE",
      description = "Their embeddings, rows of little-endian float32; default: encode the texts.")
  private Path embeddings;

  @Option(
      names = "--shuffle",
      paramLabel = "SEED",
      description = "Shuffle the stream; default: the file's order.")
  private Long seed;

  @Option(
      names = "--half-life",
      defaultValue = "100000",
      paramLabel = "N",
      description = "Records after which one counts half; default: ${DEFAULT-VALUE}.")
  private long halfLife;

  @Option(
      names = "--every",
      defaultValue = "100",
      paramLabel = "N",
      description = "Records between two macro steps; default: ${DEFAULT-VALUE}.")
  private int every;

  @Option(
      names = "--micro-clusters",
      defaultValue = "4096",
      paramLabel = "N",
      description = "Most micro-clusters kept; default: ${DEFAULT-VALUE}.")
  private int microClusters;

  @Override
  public Integer call() throws IOException {
    CommandLine command = spec.commandLine();
    if (halfLife < 1 || every < 1 || microClusters < 2) {
      throw new CommandLine.ParameterException(
          command, "--half-life and --every must be at least 1, --micro-clusters 2");
    }
    TextLines lines = TextLines.read(texts);
    TextLines classes = TextLines.read(labels);
    if (classes.size() != lines.size()) {
      throw new CommandException(
          "%s has %d labels for the %d texts of %s"
              .formatted(labels, classes.size(), lines.size(), texts));
    }
    float[][] vectors = vectors(command, lines);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      order.add(i);
    }
    if (seed != null) {
      Collections.shuffle(order, new Random(seed));
    }
    Map<String, Long> names = new HashMap<>();
    long[] truth = new long[lines.size()];
    List<String> stream = new ArrayList<>();
    float[][] rows = new float[lines.size()][];
    for (int i = 0; i < truth.length; i++) {
      int at = order.get(i);
      truth[i] = names.computeIfAbsent(classes.text(at).strip(), key -> (long) names.size());
      stream.add(lines.text(at));
      rows[i] = vectors[at];
    }
    ClusterBenchmark.Result online =
        ClusterBenchmark.run(rows, stream, halfLife, every, microClusters);
    ObjectNode row = scores("online, at arrival", truth, online.atArrival());
    row.put("noise", Arrays.stream(online.atArrival()).filter(id -> id == 0).count());
    row.put("provisional", online.provisional());
    row.put("clusters", online.clusters());
    row.put("evenOdds", online.evenOdds());
    row.set("microsecondsPerRecordByTenth", JSON.valueToTree(online.microsPerRecord()));
    row.set("pairsThatStayTogetherByTenth", JSON.valueToTree(online.stability()));
    row.set("recordsThatKeepTheirIdByTenth", JSON.valueToTree(online.kept()));
    command.getOut().println(row);
    command.getOut().println(scores("online, merged clusters as one", truth, online.resolved()));
    int[] offline = new KMeans(names.size()).cluster(rows).assignments();
    command
        .getOut()
        .println(
            scores(
                "k-means, offline, k = " + names.size(),
                truth,
                Arrays.stream(offline).asLongStream().toArray()));
    return 0;
  }

  private static ObjectNode scores(String method, long[] truth, long[] clusters) {
    ClusteringScores scores = ClusteringScores.of(truth, clusters);
    return JSON.createObjectNode()
        .put("method", method)
        .put("vMeasure", scores.vMeasure())
        .put("homogeneity", scores.homogeneity())
        .put("completeness", scores.completeness())
        .put("adjustedRandIndex", scores.adjustedRandIndex())
        .put("normalizedMutualInformation", scores.normalizedMutualInformation());
  }

  private float[][] vectors(CommandLine command, TextLines lines) throws IOException {
    if (embeddings == null) {
      try (SentenceEncoder encoder = model.load(command)) {
        return lines.encode(encoder, model.encodeOptions(command));
      }
    }
    int rows = lines.size();
    long values = Files.size(embeddings) / Float.BYTES;
    if (values == 0 || values % rows != 0) {
      throw new CommandException(
          "%s has %d values, not a number of rows for the %d texts of %s"
              .formatted(embeddings, values, rows, texts));
    }
    return WindowVectors.read(embeddings, (int) (values / rows), rows);
  }
}
