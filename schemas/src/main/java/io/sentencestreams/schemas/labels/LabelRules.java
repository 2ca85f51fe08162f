package io.sentencestreams.schemas.labels;

import io.sentencestreams.schemas.InvalidRecordException;
import io.sentencestreams.schemas.internal.UsableText;
import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a topic's labels must keep to.
 *
 * @param maxScore the greatest score of a pair; the least is 0
 * @param maxTextBytes the most bytes of a text, in UTF-8
 */
public record LabelRules(double maxScore, int maxTextBytes) {
  /** What escapes and names may add to the texts of a value: {@code \\u0000} for one byte. */
  private static final int ESCAPED = 6;

  private static final int MOST_TEXTS = 3;
  private static final int NAMES_BYTES = 1024;

  /** Checks the ranges. */
  public LabelRules {
    if (!(maxScore > 0) || Double.isInfinite(maxScore)) {
      throw new IllegalArgumentException("maxScore must be positive, not " + maxScore);
    }
    if (maxTextBytes < 1) {
      throw new IllegalArgumentException("maxTextBytes must be at least 1, not " + maxTextBytes);
    }
  }

  /** Bytes that no value within the limit has, so that one beyond it need not be parsed. */
  long maxValueBytes() {
    return (long) MOST_TEXTS * ESCAPED * maxTextBytes + NAMES_BYTES;
  }

  /**
   * Checks a label.
   *
   * @return the label given
   * @throws InvalidLabelException if it breaks a rule
   */
  public Label check(Label label) {
    List<String> texts = label.texts();
    for (int i = 0; i < texts.size(); i++) {
      checkText("text " + (i + 1), texts.get(i));
    }
    if (label instanceof Label.LabelledSentence sentence) {
      checkText("the label", sentence.label());
    }
    if (label instanceof Label.ScoredPair pair
        && !(pair.score() >= 0 && pair.score() <= maxScore)) {
      throw new InvalidLabelException(
          Reason.SCORE_OUT_OF_RANGE,
          "the score is %s, and must be from 0 to %s".formatted(pair.score(), maxScore));
    }
    return label;
  }

  private void checkText(String what, String text) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > maxTextBytes) {
      throw new InvalidLabelException(
          Reason.TEXT_TOO_LARGE,
          "%s has %,d bytes, and may have %,d".formatted(what, bytes, maxTextBytes));
    }
    try {
      UsableText.require(what, text);
    } catch (InvalidRecordException e) {
      throw new InvalidLabelException(Reason.UNUSABLE_TEXT, e.getMessage(), e);
    }
  }
}
