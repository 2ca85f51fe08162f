package io.sentencestreams.model.clustering.online;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The words that tell a cluster from the others: the log-odds of a word here against elsewhere, in
 * standard deviations, with what all clusters say as the prior (Monroe, Colaresi and Quinn 2008,
 * "Fightin' Words"), times how few clusters share it, as an inverse document frequency. A word as
 * frequent here as anywhere counts for nothing however frequent it is, one that half of the
 * clusters share for little, and one text of a small cluster does not make its words telling, so no
 * list of stop words is needed in any language.
 */
final class TellingTerms {
  private final Map<String, Double> everywhere = new HashMap<>();

  /** Sum of a word's shares of the clusters' words, and of their squares. */
  private final Map<String, double[]> shares = new HashMap<>();

  private final int clusters;
  private final double total;
  private final double prior; // what it weighs: as much as a mean cluster

  TellingTerms(Collection<Map<String, Double>> clusters) {
    this.clusters = clusters.size();
    for (Map<String, Double> terms : clusters) {
      double size = sum(terms);
      terms.forEach(
          (term, count) -> {
            everywhere.merge(term, count, Double::sum);
            double[] sums = shares.computeIfAbsent(term, any -> new double[2]);
            sums[0] += count / size;
            sums[1] += count / size * (count / size);
          });
    }
    this.total = sum(everywhere);
    this.prior = total / Math.max(1, clusters.size());
  }

  private static double sum(Map<String, Double> terms) {
    return terms.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The most telling words of one of the clusters, best first; of equals the more frequent. */
  List<String> of(Map<String, Double> terms, int limit) {
    double size = sum(terms);
    Map<String, Double> scores = new HashMap<>();
    terms.forEach((term, count) -> scores.put(term, score(term, count, size)));
    return terms.entrySet().stream()
        .sorted(
            Comparator.comparingDouble(
                    (Map.Entry<String, Double> term) -> -scores.get(term.getKey()))
                .thenComparing(term -> -term.getValue())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .map(Map.Entry::getKey)
        .toList();
  }

  private double score(String term, double count, double size) {
    if (total - size <= 0) {
      return 0; // there is nothing to tell it from
    }
    double expected = prior * everywhere.get(term) / total;
    double here = count + expected;
    double elsewhere = Math.max(0, everywhere.get(term) - count) + expected;
    double logOdds =
        Math.log(here / Math.max(expected, size + prior - here))
            - Math.log(elsewhere / Math.max(expected, total - size + prior - elsewhere));
    double deviations = logOdds / Math.sqrt(1 / here + 1 / elsewhere);
    return deviations > 0 ? deviations * Math.log((clusters + 1) / spread(term)) : deviations;
  }

  /** How many clusters share a word: the inverse of Simpson's index, from 1 to all of them. */
  private double spread(String term) {
    double[] sums = shares.get(term);
    return sums[0] * sums[0] / sums[1];
  }
}
