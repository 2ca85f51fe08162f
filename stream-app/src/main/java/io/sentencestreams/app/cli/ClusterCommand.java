package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.clustering.KMeans;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "cluster",
    description = {
      "Groups the lines of a file by meaning: by spherical k-means into a number of groups (--k), or"
          + " as a stream whose clusters appear, merge and fade (--online).",
      "With --online each line is printed, in the file's order, with the cluster that it was given"
          + " when it came, or as noise if nothing was known yet that it belongs to (null in JSON);"
          + " the clusters at the end, with their most telling words, go to standard error."
    },
    footer = {
      "",
      "Example: sentence-streams cluster --k 20 titles.txt",
      "Example: sentence-streams cluster --online titles.txt"
    })
final class ClusterCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @ArgGroup(multiplicity = "1")
  private Method method;

  private static final class Method {
    @Option(names = "--k", required = true, paramLabel = "K", description = "How many groups.")
    private int k;

    @Option(
        names = "--online",
        required = true,
        description = "One line after the other, with no number of groups given.")
    private boolean online;
  }

  @Option(
      names = "--half-life",
      defaultValue = "10000",
      paramLabel = "N",
      description = {
        "With --online: lines after which a line counts half; default: ${DEFAULT-VALUE}."
      })
  private long halfLife;

  @Option(
      names = "--every",
      defaultValue = "100",
      paramLabel = "N",
      description = {
        "With --online: lines between two updates of the clusters; default: ${DEFAULT-VALUE}."
      })
  private int every;

  @Option(
      names = "--json",
      description = "Print JSON, one object for each line, in the file's order.")
  private boolean asJson;

  @Parameters(paramLabel = "FILE", description = "Lines of UTF-8 text; - is standard input.")
  private String file;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    int k = method.k;
    if (!method.online && k < 1) {
      throw new CommandLine.ParameterException(command, "--k: must be at least 1, not " + k);
    }
    if (halfLife < 1 || every < 1) {
      throw new CommandLine.ParameterException(
          command, "--half-life and --every: must be at least 1");
    }
    EncodeOptions options = model.encodeOptions(command);
    TextLines lines = TextLines.read(file);
    if (!method.online && k > lines.size()) {
      throw new CommandException(
          "--k %d is more than the %d lines of text in %s".formatted(k, lines.size(), file));
    }
    float[][] embeddings;
    try (SentenceEncoder encoder = model.load(command)) {
      embeddings = lines.encode(encoder, options);
    }
    if (method.online) {
      new OnlineClusters(command.getOut(), command.getErr(), asJson)
          .print(lines, embeddings, halfLife, every);
      return 0;
    }
    KMeans.Clustering clustering = new KMeans(k).cluster(embeddings);
    if (asJson) {
      printJson(command.getOut(), lines, clustering);
    } else {
      printGroups(command.getOut(), lines, clustering, k);
    }
    return 0;
  }

  private static void printJson(PrintWriter out, TextLines lines, KMeans.Clustering clustering) {
    for (int i = 0; i < lines.size(); i++) {
      out.println(
          JSON.createObjectNode()
              .put("line", lines.number(i))
              .put("cluster", clustering.assignments()[i])
              .put("similarity", clustering.similarities()[i])
              .put("text", lines.text(i)));
    }
  }

  /** Largest group first, in each the most typical line first. */
  private static void printGroups(
      PrintWriter out, TextLines lines, KMeans.Clustering clustering, int k) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int group = 0; group < k; group++) {
      groups.add(new ArrayList<>());
    }
    for (int i = 0; i < lines.size(); i++) {
      groups.get(clustering.assignments()[i]).add(i);
    }
    groups.sort(Comparator.comparingInt((List<Integer> group) -> group.size()).reversed());
    float[] similarities = clustering.similarities();
    for (List<Integer> group : groups) {
      group.sort(Comparator.comparingDouble(i -> -similarities[i]));
      out.println(group.size() + " lines");
      for (int i : group) {
        out.println(
            String.format(
                Locale.ROOT, "  %.4f  %d: %s", similarities[i], lines.number(i), lines.text(i)));
      }
    }
  }
}
