package io.sentencestreams.schemas.labels;

import java.util.List;
import java.util.Objects;

/** What people know of texts, from which a model learns. */
public sealed interface Label {
  /** Which kind it is of. */
  LabelKind kind();

  /** Its texts, in the order of its fields. */
  List<String> texts();

  /**
   * How similar two texts are.
   *
   * @param score from 0 to the greatest score of the topic
   */
  record ScoredPair(String text1, String text2, double score) implements Label {
    /** Refuses null. */
    public ScoredPair {
      Objects.requireNonNull(text1, "text1");
      Objects.requireNonNull(text2, "text2");
    }

    @Override
    public LabelKind kind() {
      return LabelKind.SCORED_PAIRS;
    }

    @Override
    public List<String> texts() {
      return List.of(text1, text2);
    }
  }

  /** What a premise says of a hypothesis. */
  record NliPair(String premise, String hypothesis, Inference label) implements Label {
    /** Refuses null. */
    public NliPair {
      Objects.requireNonNull(premise, "premise");
      Objects.requireNonNull(hypothesis, "hypothesis");
      Objects.requireNonNull(label, "label");
    }

    @Override
    public LabelKind kind() {
      return LabelKind.NLI_PAIRS;
    }

    @Override
    public List<String> texts() {
      return List.of(premise, hypothesis);
    }
  }

  /** Classes of natural language inference, in the order of the reference's numbers. */
  enum Inference {
    CONTRADICTION(0),
    ENTAILMENT(1),
    NEUTRAL(2);

    private final int number;

    Inference(int number) {
      this.number = number;
    }

    /** The number of the class, which a classifier gives. */
    public int number() {
      return number;
    }
  }

  /**
   * Texts that belong together.
   *
   * @param negative one that does not, or null
   */
  record PositiveExample(String anchor, String positive, String negative) implements Label {
    /** Refuses null but as the negative. */
    public PositiveExample {
      Objects.requireNonNull(anchor, "anchor");
      Objects.requireNonNull(positive, "positive");
    }

    @Override
    public LabelKind kind() {
      return LabelKind.POSITIVES;
    }

    @Override
    public List<String> texts() {
      return negative == null ? List.of(anchor, positive) : List.of(anchor, positive, negative);
    }
  }

  /** A text and the name of its class. */
  record LabelledSentence(String text, String label) implements Label {
    /** Refuses null. */
    public LabelledSentence {
      Objects.requireNonNull(text, "text");
      Objects.requireNonNull(label, "label");
    }

    @Override
    public LabelKind kind() {
      return LabelKind.SENTENCES;
    }

    @Override
    public List<String> texts() {
      return List.of(text);
    }
  }
}
