package io.sentencestreams.trainer.data;

/**
 * Two sentences and how similar people found them.
 *
 * @param score on whatever scale the data set has, higher is more similar; finite
 */
public record SentencePair(String sentence1, String sentence2, double score) {}
