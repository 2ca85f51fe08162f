package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.search.SemanticSearch.Hit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Measures how well the documents that belong to a query are found among all documents: {@code
 * accuracy@k}, {@code precision@k}, {@code recall@k}, {@code ndcg@k}, {@code mrr@k} and {@code
 * map@k} for each similarity function. Documents of equal similarity rank by their id.
 */
public final class InformationRetrievalEvaluator implements Evaluator {
  private final Map<String, String> queries;
  private final List<String> corpusIds;
  private final List<String> corpus;
  private final Map<String, Set<String>> relevant;
  private final List<SimilarityFunction> functions;
  private final Cutoffs cutoffs;
  private final int chunkSize;

  /**
   * How many of the first documents each metric looks at; each list has at least one number.
   *
   * @param map usually greater than the others
   */
  public record Cutoffs(
      List<Integer> accuracy,
      List<Integer> precisionRecall,
      List<Integer> ndcg,
      List<Integer> mrr,
      List<Integer> map) {
    /** Those of Sentence Transformers. */
    public static final Cutoffs DEFAULT =
        new Cutoffs(
            List.of(1, 3, 5, 10), List.of(1, 3, 5, 10), List.of(10), List.of(10), List.of(100));

    /** Copies and checks the numbers. */
    public Cutoffs {
      accuracy = checked(accuracy);
      precisionRecall = checked(precisionRecall);
      ndcg = checked(ndcg);
      mrr = checked(mrr);
      map = checked(map);
    }

    private static List<Integer> checked(List<Integer> cutoffs) {
      if (cutoffs.isEmpty() || cutoffs.stream().anyMatch(k -> k < 1)) {
        throw new IllegalArgumentException("a cutoff is at least 1, and one is needed: " + cutoffs);
      }
      return List.copyOf(cutoffs);
    }

    private int greatest() {
      return Stream.of(accuracy, precisionRecall, ndcg, mrr, map)
          .mapToInt(Collections::max)
          .max()
          .orElseThrow();
    }
  }

  /**
   * An evaluator by cosine similarity with the usual cutoffs.
   *
   * @param queries texts by id
   * @param corpus texts by id
   * @param relevant for each query's id the ids of the documents that belong to it
   */
  public InformationRetrievalEvaluator(
      Map<String, String> queries, Map<String, String> corpus, Map<String, Set<String>> relevant) {
    this(queries, corpus, relevant, List.of(SimilarityFunction.COSINE), Cutoffs.DEFAULT, 50_000);
  }

  /**
   * An evaluator.
   *
   * @param queries texts by id; those without relevant documents are left out, and at least one
   *     must have some
   * @param corpus texts by id, at least one
   * @param relevant for each query's id the ids of the documents that belong to it; one that the
   *     corpus lacks counts as not found
   * @param chunkSize documents whose embeddings are held in memory at once
   */
  public InformationRetrievalEvaluator(
      Map<String, String> queries,
      Map<String, String> corpus,
      Map<String, Set<String>> relevant,
      List<SimilarityFunction> functions,
      Cutoffs cutoffs,
      int chunkSize) {
    this.queries = new LinkedHashMap<>(queries);
    this.queries.keySet().removeIf(id -> relevant.getOrDefault(id, Set.of()).isEmpty());
    this.relevant = new LinkedHashMap<>();
    this.queries.keySet().forEach(id -> this.relevant.put(id, Set.copyOf(relevant.get(id))));
    Map<String, String> byId = new TreeMap<>(corpus); // so that the order of rows breaks ties
    this.corpusIds = List.copyOf(byId.keySet());
    this.corpus = List.copyOf(byId.values());
    this.functions = Metrics.functions(functions);
    this.cutoffs = cutoffs;
    this.chunkSize = chunkSize;
    if (this.queries.isEmpty() || corpus.isEmpty() || chunkSize < 1) {
      throw new IllegalArgumentException(
          "%d queries with relevant documents, %d documents, chunks of %d; each must be at least 1"
              .formatted(this.queries.size(), corpus.size(), chunkSize));
    }
  }

  /** Queries that have relevant documents. */
  public int queries() {
    return queries.size();
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    return evaluate(encoder, encoder);
  }

  /** Measures an encoder that treats queries and documents differently, for instance by prompts. */
  public Evaluation evaluate(
      Function<List<String>, float[][]> queryEncoder,
      Function<List<String>, float[][]> documentEncoder) {
    float[][] embeddings = Embeddings.encode(queryEncoder, List.copyOf(queries.values()));
    List<ChunkedSearch> searches =
        functions.stream()
            .map(function -> new ChunkedSearch(function, embeddings, cutoffs.greatest()))
            .toList();
    for (int from = 0; from < corpus.size(); from += chunkSize) {
      List<String> chunk = corpus.subList(from, Math.min(from + chunkSize, corpus.size()));
      float[][] rows = Embeddings.encode(documentEncoder, chunk);
      searches.forEach(search -> search.add(rows));
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    String primary = "";
    for (int i = 0; i < searches.size(); i++) {
      String name = Metrics.name(functions.get(i));
      measure(searches.get(i).hits()).forEach((key, value) -> metrics.put(name + "_" + key, value));
      String ndcg = name + "_ndcg@" + Collections.max(cutoffs.ndcg());
      if (i == 0 || metrics.get(ndcg) > metrics.get(primary)) {
        primary = ndcg;
      }
    }
    return Evaluation.of(primary, metrics);
  }

  private Map<String, Double> measure(List<List<Hit>> hits) {
    Map<String, Double> sums = new LinkedHashMap<>();
    int query = 0;
    for (String id : queries.keySet()) {
      Set<String> wanted = relevant.get(id);
      List<Hit> found = hits.get(query++);
      boolean[] correct = new boolean[found.size()];
      for (int rank = 0; rank < correct.length; rank++) {
        correct[rank] = wanted.contains(corpusIds.get(found.get(rank).index()));
      }
      measure(correct, wanted.size(), (metric, value) -> sums.merge(metric, value, Double::sum));
    }
    sums.replaceAll((metric, sum) -> sum / queries.size());
    return sums;
  }

  private interface Sink {
    void add(String metric, double value);
  }

  private void measure(boolean[] correct, int relevantCount, Sink sink) {
    for (int k : cutoffs.accuracy()) {
      sink.add("accuracy@" + k, RankMetrics.correct(correct, k) > 0 ? 1 : 0);
    }
    for (int k : cutoffs.precisionRecall()) {
      sink.add("precision@" + k, (double) RankMetrics.correct(correct, k) / k);
      sink.add("recall@" + k, (double) RankMetrics.correct(correct, k) / relevantCount);
    }
    for (int k : cutoffs.ndcg()) {
      sink.add("ndcg@" + k, RankMetrics.ndcg(correct, relevantCount, k));
    }
    for (int k : cutoffs.mrr()) {
      sink.add("mrr@" + k, RankMetrics.reciprocalRank(correct, k));
    }
    for (int k : cutoffs.map()) {
      sink.add("map@" + k, RankMetrics.averagePrecision(correct, relevantCount, k));
    }
  }
}
