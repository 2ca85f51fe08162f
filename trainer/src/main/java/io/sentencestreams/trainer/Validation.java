package io.sentencestreams.trainer;

import io.sentencestreams.model.training.TrainableEncoder;
import java.util.function.ToDoubleFunction;

/**
 * What decides which model of a run is the best: a score on data that is not trained on.
 *
 * @param name of the score
 * @param score higher is better
 */
public record Validation(String name, ToDoubleFunction<TrainableEncoder> score) {}
