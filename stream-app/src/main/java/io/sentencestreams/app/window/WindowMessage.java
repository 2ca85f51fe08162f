package io.sentencestreams.app.window;

import io.sentencestreams.model.window.Route;
import java.util.stream.IntStream;

/**
 * A record of the topic between the encoder and the window, unless it is an {@link Answer}.
 *
 * @param kind what is to be done with it
 * @param targets the partitions it goes to
 * @param probes the partitions that its probes go to from its home; none in a probe
 * @param item the text's coordinates and vector
 * @param older its vector of the model before, while the window has texts that have no other, or
 *     null
 * @param text its words; empty in a probe
 * @param embedding the record of the topic of embeddings, by {@link
 *     io.sentencestreams.schemas.InFlightCodec}, to be given out if the text is a first occurrence;
 *     empty in a probe, and where nobody wants to know
 * @param repeat of a copy: whether the text is no first occurrence
 * @param origin where a probe comes from, else null
 */
record WindowMessage(
    Kind kind,
    int[] targets,
    int[] probes,
    WindowItem item,
    Older older,
    String text,
    byte[] embedding,
    boolean repeat,
    Origin origin) {

  private static final int[] NOWHERE = {};
  private static final byte[] NOTHING = {};

  /**
   * The home of a probe.
   *
   * @param home the partition
   * @param clock its {@link SourceClocks#own}
   * @param handle of the text there if it wants an {@link Answer}, else {@link #NO_QUESTION}
   */
  record Origin(int home, long clock, long handle) {
    /** No text has it. */
    static final long NO_QUESTION = -1;

    /** Whether the home wants to know if the text has a near-duplicate before it. */
    boolean asks() {
      return handle != NO_QUESTION;
    }
  }

  /** What another model made of the text. */
  record Older(String modelVersion, short[] vector) {}

  /** A text on its way to its home. */
  static WindowMessage home(Route route, WindowItem item, String text, byte[] embedding) {
    return new WindowMessage(
        Kind.HOME,
        new int[] {route.home()},
        route.probes(),
        item,
        null,
        text,
        embedding,
        false,
        null);
  }

  /**
   * The same with a vector of the model before.
   *
   * @param route of that vector: the text is searched for there too
   */
  WindowMessage with(Older olderVector, Route route) {
    int home = targets[0];
    int[] all =
        IntStream.concat(
                IntStream.of(probes),
                IntStream.concat(IntStream.of(route.home()), IntStream.of(route.probes())))
            .filter(partition -> partition != home)
            .distinct()
            .sorted()
            .toArray();
    return new WindowMessage(
        kind, targets, all, item, olderVector, text, embedding, repeat, origin);
  }

  /** A text on its way from its home to its probes. */
  static WindowMessage probe(int[] targets, WindowItem item, Older older, Origin origin) {
    return new WindowMessage(Kind.PROBE, targets, NOWHERE, item, older, "", NOTHING, false, origin);
  }

  /** A copy of a text, with the vector of a newer model, on its way to that vector's home. */
  static WindowMessage copy(Route route, WindowItem item, String text, boolean repeat) {
    return new WindowMessage(
        Kind.COPY,
        new int[] {route.home()},
        route.probes(),
        item,
        null,
        text,
        NOTHING,
        repeat,
        null);
  }

  /** A partition's word to itself that it waits for all have settled on a version. */
  static WindowMessage barrier(int partition, String version) {
    WindowItem nothing = new WindowItem("", "", 0, 0, 0, version, new short[0]);
    return new WindowMessage(
        Kind.BARRIER, new int[] {partition}, NOWHERE, nothing, null, "", NOTHING, false, null);
  }

  WindowMessage withItem(WindowItem otherItem) {
    return new WindowMessage(
        kind, targets, probes, otherItem, older, text, embedding, repeat, origin);
  }

  WindowMessage withText(String otherText) {
    return new WindowMessage(
        kind, targets, probes, item, older, otherText, embedding, repeat, origin);
  }

  /** A copy on its way from its home to its probes. */
  WindowMessage probeOfCopy() {
    return new WindowMessage(
        Kind.PROBE_OF_COPY, probes, NOWHERE, item, null, "", NOTHING, false, null);
  }

  enum Kind {
    /** Compare, store, and send probes. */
    HOME(0),
    /** Compare only. */
    PROBE(1),
    /** An {@link Answer}. */
    ANSWER(2),
    /** Compare with those it has not met, store, and send probes. */
    COPY(3),
    /** Compare with those it has not met. */
    PROBE_OF_COPY(4),
    /** A partition's word to itself: all that lay before it has been read. */
    BARRIER(5);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    boolean isOfCopy() {
      return this == COPY || this == PROBE_OF_COPY;
    }

    /** What stands for it on the topic. */
    int code() {
      return code;
    }

    /**
     * The kind with a code.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Kind of(int code) {
      return switch (code) {
        case 0 -> HOME;
        case 1 -> PROBE;
        case 2 -> ANSWER;
        case 3 -> COPY;
        case 4 -> PROBE_OF_COPY;
        case 5 -> BARRIER;
        default -> throw new IllegalArgumentException("there is no kind " + code);
      };
    }
  }
}
