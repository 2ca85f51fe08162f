package io.sentencestreams.model.clustering.online;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Class-based tf-idf (Grootendorst 2022, BERTopic): words frequent here and rare elsewhere. The
 * root of the frequency, as BERTopic's reduce_frequent_words has it: else small clusters are told
 * by "the" and "my".
 */
final class TellingTerms {
  private final Map<String, Double> everywhere = new HashMap<>();
  private final double average;

  TellingTerms(Collection<Map<String, Double>> clusters) {
    double all = 0;
    for (Map<String, Double> terms : clusters) {
      for (Map.Entry<String, Double> term : terms.entrySet()) {
        everywhere.merge(term.getKey(), term.getValue(), Double::sum);
        all += term.getValue();
      }
    }
    this.average = all / Math.max(1, clusters.size());
  }

  /** The most telling words of one of the clusters, best first. */
  List<String> of(Map<String, Double> terms, int limit) {
    return terms.entrySet().stream()
        .sorted(
            Comparator.<Map.Entry<String, Double>>comparingDouble(
                    term ->
                        -Math.sqrt(term.getValue())
                            * Math.log1p(average / everywhere.get(term.getKey())))
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .map(Map.Entry::getKey)
        .toList();
  }
}
