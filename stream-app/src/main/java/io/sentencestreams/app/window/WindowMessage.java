package io.sentencestreams.app.window;

import io.sentencestreams.model.window.Route;

/**
 * A record of the topic between the encoder and the window, unless it is an {@link Answer}.
 *
 * @param kind what is to be done with it
 * @param targets the partitions it goes to
 * @param probes the partitions that its probes go to from its home; none in a probe
 * @param item the text's coordinates and vector
 * @param text its words; empty in a probe
 * @param embedding the record of the topic of embeddings, by {@link
 *     io.sentencestreams.schemas.InFlightCodec}, to be given out if the text is a first occurrence;
 *     empty in a probe, and where nobody wants to know
 * @param origin where a probe comes from, else null
 */
record WindowMessage(
    Kind kind,
    int[] targets,
    int[] probes,
    WindowItem item,
    String text,
    byte[] embedding,
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

  /** A text on its way to its home. */
  static WindowMessage home(Route route, WindowItem item, String text, byte[] embedding) {
    return new WindowMessage(
        Kind.HOME, new int[] {route.home()}, route.probes(), item, text, embedding, null);
  }

  /** A text on its way from its home to its probes. */
  static WindowMessage probe(int[] targets, WindowItem item, Origin origin) {
    return new WindowMessage(Kind.PROBE, targets, NOWHERE, item, "", NOTHING, origin);
  }

  enum Kind {
    /** Compare, store, and send probes. */
    HOME(0),
    /** Compare only. */
    PROBE(1),
    /** An {@link Answer}. */
    ANSWER(2);

    private final int code;

    Kind(int code) {
      this.code = code;
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
        default -> throw new IllegalArgumentException("there is no kind " + code);
      };
    }
  }
}
