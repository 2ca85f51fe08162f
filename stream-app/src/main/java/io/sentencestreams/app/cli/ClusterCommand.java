package io.sentencestreams.app.cli;

import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.clustering.AgglomerativeClustering;
import io.sentencestreams.model.clustering.CommunityDetection;
import io.sentencestreams.model.clustering.KMeans;
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
      "Groups the lines of a file by meaning: into a number of groups (--k), by spherical k-means"
          + " or, with --linkage, by joining the nearest groups; by joining them up to a distance"
          + " (--distance); into groups around a line, leaving out the others (--communities); or"
          + " as a stream whose clusters appear, merge and fade (--online).",
      "With --online each line is printed, in the file's order, with the cluster that it was given"
          + " when it came, or as noise if nothing was known yet that it belongs to (null in JSON);"
          + " the clusters at the end, with their most telling words, go to standard error."
    },
    footer = {
      "",
      "Example: sentence-streams cluster --k 20 titles.txt",
      "Example: sentence-streams cluster --distance 1.5 --linkage ward titles.txt",
      "Example: sentence-streams cluster --communities --threshold 0.75 --min-size 5 titles.txt",
      "Example: sentence-streams cluster --online titles.txt"
    })
final class ClusterCommand implements Callable<Integer> {
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

    @Option(
        names = "--distance",
        required = true,
        paramLabel = "D",
        description = "Groups are joined while they are nearer than this: see --linkage.")
    private Double distance;

    @Option(
        names = "--communities",
        required = true,
        description = "Groups of lines that are all similar to one of them.")
    private boolean communities;
  }

  @Option(
      names = "--linkage",
      paramLabel = "L",
      description = {
        "The distance of two groups: ward (Euclidean, of vectors of length one; the default with"
            + " --distance), average, complete or single (of cosine distances, from 0 to 2). Needs"
            + " memory for all pairs of lines."
      })
  private AgglomerativeClustering.Linkage linkage;

  @Option(
      names = "--threshold",
      defaultValue = "0.75",
      paramLabel = "T",
      description = {
        "With --communities: least cosine similarity to the line in the middle; default:"
            + " ${DEFAULT-VALUE}."
      })
  private float threshold;

  @Option(
      names = "--min-size",
      defaultValue = "10",
      paramLabel = "N",
      description = "With --communities: the fewest lines of one; default: ${DEFAULT-VALUE}.")
  private int minSize;

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
    boolean counted = !method.online && !method.communities && method.distance == null;
    if (method.distance != null && linkage == null) {
      linkage = AgglomerativeClustering.Linkage.WARD;
    }
    if (counted && k < 1) {
      throw new CommandLine.ParameterException(command, "--k: must be at least 1, not " + k);
    }
    if (halfLife < 1 || every < 1) {
      throw new CommandLine.ParameterException(
          command, "--half-life and --every: must be at least 1");
    }
    EncodeOptions options = model.encodeOptions(command);
    TextLines lines = TextLines.read(file);
    if (counted && k > lines.size()) {
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
    new LineGroups(command.getOut(), asJson).print(lines, embeddings, groups(embeddings));
    return 0;
  }

  private int[] groups(float[][] embeddings) {
    try {
      if (method.communities) {
        return LineGroups.ofCommunities(
            new CommunityDetection(threshold, minSize).find(embeddings), embeddings.length);
      }
      if (linkage == null) {
        return new KMeans(method.k).cluster(embeddings).assignments();
      }
      AgglomerativeClustering.Tree tree = new AgglomerativeClustering(linkage).cluster(embeddings);
      return method.distance == null ? tree.cut(method.k) : tree.cutAt(method.distance);
    } catch (IllegalArgumentException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }
}
