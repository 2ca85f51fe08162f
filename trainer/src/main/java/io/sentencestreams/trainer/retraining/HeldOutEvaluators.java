package io.sentencestreams.trainer.retraining;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.evaluation.BinaryClassificationEvaluator;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.evaluation.Evaluator;
import io.sentencestreams.trainer.evaluation.InformationRetrievalEvaluator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Evaluators of held-out labels. They look at embeddings alone, never at a classifier that training
 * made beside them, so that every model can be measured.
 */
final class HeldOutEvaluators {
  /** Others of the list that a sentence is compared with. */
  private static final int NEIGHBOURS = 10;

  private HeldOutEvaluators() {}

  /**
   * The evaluator of a task; empty where there is too little to tell models apart.
   *
   * <ul>
   *   <li>scored pairs: Spearman's correlation of cosines with scores;
   *   <li>NLI pairs: average precision of cosines, entailment against contradiction;
   *   <li>positives: of the anchors' search among all positives and negatives;
   *   <li>sentences: average precision of cosines, of one class against of two.
   * </ul>
   */
  static Optional<Evaluator> of(LabelTask task, List<Label> heldOut) {
    return switch (task.kind()) {
      case SCORED_PAIRS -> scored(heldOut);
      case NLI_PAIRS -> nli(heldOut);
      case POSITIVES -> retrieval(heldOut);
      case SENTENCES -> sentences(heldOut);
    };
  }

  private static Optional<Evaluator> scored(List<Label> labels) {
    List<SentencePair> pairs = new ArrayList<>();
    for (Label label : labels) {
      Label.ScoredPair pair = (Label.ScoredPair) label;
      pairs.add(new SentencePair(pair.text1(), pair.text2(), pair.score()));
    }
    boolean differ = pairs.stream().map(SentencePair::score).distinct().count() > 1;
    return differ ? Optional.of(new EmbeddingSimilarityEvaluator(pairs)) : Optional.empty();
  }

  private static Optional<Evaluator> nli(List<Label> labels) {
    List<SentencePair> pairs = new ArrayList<>();
    for (Label label : labels) {
      Label.NliPair pair = (Label.NliPair) label;
      if (pair.label() != Label.Inference.NEUTRAL) {
        boolean entailed = pair.label() == Label.Inference.ENTAILMENT;
        pairs.add(new SentencePair(pair.premise(), pair.hypothesis(), entailed ? 1 : 0));
      }
    }
    return binary(pairs);
  }

  private static Optional<Evaluator> sentences(List<Label> labels) {
    List<SentencePair> pairs = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      Label.LabelledSentence one = (Label.LabelledSentence) labels.get(i);
      for (int j = i + 1; j < Math.min(labels.size(), i + 1 + NEIGHBOURS); j++) {
        Label.LabelledSentence other = (Label.LabelledSentence) labels.get(j);
        if (one.text().equals(other.text())) {
          continue; // as where labels are drawn twice: every model knows that they are alike
        }
        double same = one.label().equals(other.label()) ? 1 : 0;
        pairs.add(new SentencePair(one.text(), other.text(), same));
      }
    }
    return binary(pairs);
  }

  private static Optional<Evaluator> binary(List<SentencePair> pairs) {
    boolean both = pairs.stream().map(SentencePair::score).distinct().count() > 1;
    return both
        ? Optional.of(new BinaryClassificationEvaluator(pairs, List.of(SimilarityFunction.COSINE)))
        : Optional.empty();
  }

  private static Optional<Evaluator> retrieval(List<Label> labels) {
    Map<String, String> queries = new LinkedHashMap<>();
    Map<String, String> corpus = new LinkedHashMap<>();
    Map<String, Set<String>> relevant = new HashMap<>();
    for (Label label : labels) {
      Label.PositiveExample example = (Label.PositiveExample) label;
      // Texts are their own ids: the same one is one document.
      queries.put(example.anchor(), example.anchor());
      corpus.put(example.positive(), example.positive());
      relevant.computeIfAbsent(example.anchor(), any -> new TreeSet<>()).add(example.positive());
      if (example.negative() != null) {
        corpus.put(example.negative(), example.negative());
      }
    }
    return corpus.size() > 1
        ? Optional.of(new InformationRetrievalEvaluator(queries, corpus, relevant))
        : Optional.empty();
  }
}
