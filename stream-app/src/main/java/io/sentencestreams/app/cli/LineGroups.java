package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Prints lines by the groups that they are in. */
final class LineGroups {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of a line that is in no group. */
  private static final int NONE = -1;

  private final PrintWriter out;
  private final boolean asJson;

  LineGroups(PrintWriter out, boolean asJson) {
    this.out = out;
    this.asJson = asJson;
  }

  /** For each line the number of its community, or -1. */
  static int[] ofCommunities(List<int[]> communities, int lines) {
    int[] groups = new int[lines];
    Arrays.fill(groups, NONE);
    for (int group = 0; group < communities.size(); group++) {
      for (int line : communities.get(group)) {
        groups[line] = group;
      }
    }
    return groups;
  }

  /**
   * Prints all lines, as JSON in their order, else by groups.
   *
   * @param groups for each line the number of its group, or -1
   */
  void print(TextLines lines, float[][] embeddings, int[] groups) {
    double[] similarities = similarities(embeddings, groups);
    if (asJson) {
      for (int i = 0; i < groups.length; i++) {
        ObjectNode node = JSON.createObjectNode().put("line", lines.number(i));
        if (groups[i] == NONE) {
          node.putNull("cluster");
        } else {
          node.put("cluster", groups[i]).put("similarity", (float) similarities[i]);
        }
        out.println(node.put("text", lines.text(i)));
      }
    } else {
      printGroups(lines, groups, similarities);
    }
  }

  /** Largest group first, in each the most typical line first. */
  private void printGroups(TextLines lines, int[] groups, double[] similarities) {
    List<List<Integer>> members = new ArrayList<>();
    int others = 0;
    for (int i = 0; i < groups.length; i++) {
      while (members.size() <= groups[i]) {
        members.add(new ArrayList<>());
      }
      if (groups[i] == NONE) {
        others++;
      } else {
        members.get(groups[i]).add(i);
      }
    }
    members.sort(Comparator.comparingInt((List<Integer> group) -> group.size()).reversed());
    for (List<Integer> group : members) {
      group.sort(Comparator.comparingDouble(i -> -similarities[i]));
      out.println(group.size() + " lines");
      for (int i : group) {
        out.println(
            String.format(
                Locale.ROOT, "  %.4f  %d: %s", similarities[i], lines.number(i), lines.text(i)));
      }
    }
    if (others > 0) {
      out.println(others + " lines in no group");
    }
  }

  /** Cosine similarities to the mean directions of the groups. */
  private static double[] similarities(float[][] embeddings, int[] groups) {
    int count = Arrays.stream(groups).max().orElse(NONE) + 1;
    double[][] means = new double[count][embeddings.length == 0 ? 0 : embeddings[0].length];
    for (int i = 0; i < groups.length; i++) {
      if (groups[i] != NONE) {
        double norm = Math.sqrt(dot(embeddings[i], embeddings[i]));
        for (int d = 0; d < embeddings[i].length && norm > 0; d++) {
          means[groups[i]][d] += embeddings[i][d] / norm;
        }
      }
    }
    double[] similarities = new double[groups.length];
    for (int i = 0; i < groups.length; i++) {
      if (groups[i] != NONE) {
        double[] mean = means[groups[i]];
        double product = 0;
        double squares = 0;
        for (int d = 0; d < mean.length; d++) {
          product += mean[d] * embeddings[i][d];
          squares += mean[d] * mean[d];
        }
        double norms = Math.sqrt(squares * dot(embeddings[i], embeddings[i]));
        similarities[i] = norms > 0 ? product / norms : 0;
      }
    }
    return similarities;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += (double) a[d] * b[d];
    }
    return sum;
  }
}
