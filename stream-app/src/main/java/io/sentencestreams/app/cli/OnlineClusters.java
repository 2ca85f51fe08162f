package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.clustering.online.Cluster;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MicroClusterOptions;
import io.sentencestreams.model.clustering.online.OnlineClusterer;
import io.sentencestreams.model.clustering.online.Placed;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Lines as a stream: each gets its cluster when it comes, the clusters are told at the end. */
final class OnlineClusters {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean asJson;

  OnlineClusters(PrintWriter out, PrintWriter err, boolean asJson) {
    this.out = out;
    this.err = err;
    this.asJson = asJson;
  }

  /**
   * Prints the lines in the file's order, a question mark behind a cluster that is provisional,
   * then the clusters, largest first.
   *
   * @param halfLife in lines
   * @param every lines between two macro steps
   */
  void print(TextLines lines, float[][] embeddings, long halfLife, int every) {
    OnlineClusterer clusterer =
        new OnlineClusterer(
            MicroClusterOptions.DEFAULT.withHalfLife(halfLife),
            MacroOptions.DEFAULT.withHalfLife(halfLife),
            embeddings[0].length,
            every);
    for (int i = 0; i < lines.size(); i++) {
      int number = lines.number(i);
      Placed placed = clusterer.add(number, embeddings[i], Integer.toString(number), lines.text(i));
      if (asJson) {
        ObjectNode line = JSON.createObjectNode().put("line", number);
        if (placed.isNoise()) {
          line.putNull("cluster");
        } else {
          // As text: ids reach past 2^53, where readers that take numbers as doubles mix them up.
          line.put("cluster", Long.toString(placed.cluster()));
        }
        out.println(
            line.put("provisional", placed.provisional())
                .put("similarity", placed.similarity())
                .put("text", lines.text(i)));
      } else {
        String cluster =
            placed.isNoise() ? "noise" : placed.cluster() + (placed.provisional() ? "?" : "");
        out.println(
            String.format(
                Locale.ROOT,
                "%5s  %.4f  %d: %s",
                cluster,
                placed.similarity(),
                number,
                lines.text(i)));
      }
    }
    out.flush();
    List<Cluster> clusters =
        clusterer.step().clusters().stream()
            .sorted(Comparator.comparingDouble(cluster -> -cluster.weight()))
            .toList();
    err.println(clusters.size() + " clusters at the end: id, lines, most telling words");
    for (Cluster cluster : clusters) {
      err.printf("%5d  %6d  %s%n", cluster.id(), cluster.size(), String.join(" ", cluster.terms()));
    }
    err.flush();
  }
}
