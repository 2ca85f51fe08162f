package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/**
 * The words of a bag of words and their weights.
 *
 * @param words without repetition, in the order of the embedding
 * @param weights one for each word
 */
public record WordList(List<String> words, List<Float> weights) {
  public WordList {
    words = List.copyOf(words);
    weights = List.copyOf(weights);
  }

  /**
   * Reads the words of a module.
   *
   * @throws CheckpointException if the file is none of a bag of words
   */
  public static WordList read(SentenceModule.BagOfWords module) {
    Path file = module.directory().resolve("config.json");
    return of(JsonFile.read(file));
  }

  static WordList of(JsonFile json) {
    JsonNode root = json.root();
    LinkedHashSet<String> words = new LinkedHashSet<>();
    root.path("vocab").forEach(word -> words.add(word.asText()));
    if (words.isEmpty()) {
      throw json.error("vocab must be a list of at least one word");
    }
    double unknown = root.path("unknown_word_weight").asDouble(1);
    JsonNode known = root.path("word_weights");
    List<Float> weights = new ArrayList<>();
    for (String word : words) {
      JsonNode weight = known.path(word);
      if (weight.isMissingNode()) {
        weight = known.path(word.toLowerCase(Locale.ROOT));
      }
      weights.add((float) (weight.isMissingNode() ? unknown : weight.asDouble()));
    }
    return new WordList(new ArrayList<>(words), weights);
  }
}
