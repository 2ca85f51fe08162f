package io.sentencestreams.app.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts to tokenize and encode: common words in random order, as many as in a {@link Workload}. */
final class TextWorkload {
  static final String NAME = "texts of 5 to 256 tokens";

  private static final List<String> WORDS =
      List.of(
          "the",
          "of",
          "and",
          "a",
          "to",
          "in",
          "is",
          "that",
          "it",
          "was",
          "for",
          "on",
          "are",
          "with",
          "they",
          "be",
          "at",
          "one",
          "have",
          "this",
          "from",
          "by",
          "hot",
          "word",
          "but",
          "what",
          "some",
          "house",
          "water",
          "river",
          "music",
          "people",
          "market",
          "price",
          "engine",
          "doctor",
          "window",
          "summer",
          "letter",
          "garden",
          "quickly",
          "yesterday",
          "beautiful",
          "government",
          "connection",
          "temperature",
          "understand",
          "university",
          "delivered",
          "between");

  private TextWorkload() {}

  /** The words that the texts are made of. */
  static List<String> words() {
    return WORDS;
  }

  /** Texts with the lengths of the mix. */
  static List<String> mix(int texts) {
    Random random = new Random(2);
    List<String> all = new ArrayList<>();
    for (int length : Workload.mixedLengths(texts)) {
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < length - 2; word++) { // two are the special tokens
        text.append(word == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
      }
      all.add(text.append('.').toString());
    }
    return all;
  }
}
