package io.sentencestreams.app.window;

/**
 * A record of the topic between the encoder and the window.
 *
 * @param kind what is to be done with it
 * @param targets the partitions it goes to
 * @param probes the partitions that its probes go to from its home; none in a probe
 * @param item the text's coordinates and vector
 * @param text its words; empty in a probe
 */
record WindowMessage(Kind kind, int[] targets, int[] probes, WindowItem item, String text) {
  enum Kind {
    /** Compare, store, and send probes. */
    HOME(0),
    /** Compare only. */
    PROBE(1);

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
        default -> throw new IllegalArgumentException("there is no kind " + code);
      };
    }
  }
}
