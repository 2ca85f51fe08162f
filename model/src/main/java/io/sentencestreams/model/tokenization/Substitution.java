package io.sentencestreams.model.tokenization;

import java.util.List;
import java.util.regex.Pattern;

/** One of the steps that a text goes through: what is replaced, by what. */
interface Substitution {
  String apply(String text);

  /** Replaces a text that stands for itself. */
  static Substitution of(String text, String replacement) {
    return input -> input.replace(text, replacement);
  }

  /** Replaces the matches of a regular expression; {@code $1} is its first group. */
  static Substitution matching(String expression, String replacement) {
    Pattern pattern = Pattern.compile(expression);
    return input -> pattern.matcher(input).replaceAll(replacement);
  }

  /** All of them, one after the other. */
  static Substitution all(List<Substitution> steps) {
    return input -> {
      String text = input;
      for (Substitution step : steps) {
        text = step.apply(text);
      }
      return text;
    };
  }
}
