package io.sentencestreams.trainer.evaluation;

/** Metrics of one ranking, given as whether the document at each rank is relevant, best first. */
final class RankMetrics {
  private RankMetrics() {}

  /** What a document at this rank, from 0, adds to the discounted cumulative gain. */
  static double discount(int rank) {
    return Math.log(2) / Math.log(rank + 2.0);
  }

  /** Relevant documents among the first k. */
  static int correct(boolean[] relevant, int k) {
    int correct = 0;
    for (int rank = 0; rank < Math.min(k, relevant.length); rank++) {
      correct += relevant[rank] ? 1 : 0;
    }
    return correct;
  }

  /**
   * One over the rank, from 1, of the first relevant document; 0 if it is not among the first k.
   */
  static double reciprocalRank(boolean[] relevant, int k) {
    for (int rank = 0; rank < Math.min(k, relevant.length); rank++) {
      if (relevant[rank]) {
        return 1.0 / (rank + 1);
      }
    }
    return 0;
  }

  /** Discounted cumulative gain of the first k over the greatest possible one. */
  static double ndcg(boolean[] relevant, int count, int k) {
    double gain = 0;
    for (int rank = 0; rank < Math.min(k, relevant.length); rank++) {
      gain += relevant[rank] ? discount(rank) : 0;
    }
    return gain / idealGain(count, k);
  }

  /** The gain of a ranking that has all relevant documents first. */
  static double idealGain(int count, int k) {
    double gain = 0;
    for (int rank = 0; rank < Math.min(k, count); rank++) {
      gain += discount(rank);
    }
    return gain;
  }

  /** Mean over the relevant documents, at most k, of the precision at their ranks. */
  static double averagePrecision(boolean[] relevant, int count, int k) {
    int correct = 0;
    double sum = 0;
    for (int rank = 0; rank < Math.min(k, relevant.length); rank++) {
      if (relevant[rank]) {
        correct++;
        sum += (double) correct / (rank + 1);
      }
    }
    return sum / Math.min(k, count);
  }
}
