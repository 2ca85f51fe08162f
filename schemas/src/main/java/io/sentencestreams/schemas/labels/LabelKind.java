package io.sentencestreams.schemas.labels;

import java.util.Arrays;
import java.util.List;

/** What a topic of labels holds. */
public enum LabelKind {
  /** {@link Label.ScoredPair}. */
  SCORED_PAIRS("scored-pairs"),
  /** {@link Label.NliPair}. */
  NLI_PAIRS("nli-pairs"),
  /** {@link Label.PositiveExample}: pairs, triplets, or both. */
  POSITIVES("positives"),
  /** {@link Label.LabelledSentence}. */
  SENTENCES("sentences");

  private final String configName;

  LabelKind(String configName) {
    this.configName = configName;
  }

  /** The name that a configuration uses. */
  public String configName() {
    return configName;
  }

  /** The names of all kinds. */
  public static List<String> configNames() {
    return Arrays.stream(values()).map(LabelKind::configName).toList();
  }

  /**
   * The kind of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static LabelKind of(String configName) {
    return Arrays.stream(values())
        .filter(kind -> kind.configName.equals(configName))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(configName + " is none of " + configNames()));
  }
}
