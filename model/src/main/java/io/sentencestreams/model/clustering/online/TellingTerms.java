package io.sentencestreams.model.clustering.online;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The words that tell a cluster from the others: the log-odds of a word here against elsewhere, in
 * standard deviations, with what all clusters say as the prior (Monroe, Colaresi and Quinn 2008,
 * "Fightin' Words"). A word as frequent here as anywhere counts for nothing however frequent it is,
 * and one text of a small cluster does not make its words telling, so no list of stop words is
 * needed in any language.
 */
final class TellingTerms {
  private final Map<String, Double> everywhere = new HashMap<>();
  private final double total;
  private final double prior; // what it weighs: as much as a mean cluster

  TellingTerms(Collection<Map<String, Double>> clusters) {
    for (Map<String, Double> terms : clusters) {
      terms.forEach((term, count) -> everywhere.merge(term, count, Double::sum));
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
    return logOdds / Math.sqrt(1 / here + 1 / elsewhere);
  }
}
