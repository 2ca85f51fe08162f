package io.sentencestreams.app.cli.train;

import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.evaluation.PairAccuracyEvaluator;
import io.sentencestreams.trainer.evaluation.PairCorrelationEvaluator;
import io.sentencestreams.trainer.evaluation.PairEvaluator;
import io.sentencestreams.trainer.evaluation.PairRerankingEvaluator;
import java.io.IOException;
import java.util.function.Consumer;
import org.apache.kafka.common.config.ConfigException;

/** Makes the evaluators of cross-encoders that a configuration names. */
final class PairEvaluators {
  private PairEvaluators() {}

  /**
   * Makes one, which reads its files at once.
   *
   * @throws ConfigException if it is one of sentence encoders
   * @throws IllegalArgumentException if the data does not fit; the message names the evaluator
   */
  static PairEvaluator of(EvaluatorConfig config, BadRows badRows, Consumer<String> say)
      throws IOException {
    try {
      return switch (config.type()) {
        case "similarity" ->
            new PairCorrelationEvaluator(Evaluators.pairs(config.source().read(badRows, say)));
        case Evaluators.PAIR_ACCURACY ->
            new PairAccuracyEvaluator(config.source().read(badRows, say).examples());
        case "reranking" -> new PairRerankingEvaluator(Evaluators.samples(config, badRows, say));
        default ->
            throw new ConfigException(
                "evaluator.%s: type %s measures sentence encoders; similarity, %s and reranking measure cross-encoders"
                    .formatted(config.name(), config.type(), Evaluators.PAIR_ACCURACY));
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "evaluator.%s: %s: %s".formatted(config.name(), config.source().file(), e.getMessage()),
          e);
    }
  }
}
