package io.sentencestreams.app.window;

/**
 * A record of the topic between the encoder and the window.
 *
 * @param kind what is to be done with it
 * @param targets the partitions it goes to
 * @param item the text's coordinates and vector
 * @param text its words; empty in a probe
 */
record WindowMessage(Kind kind, int[] targets, WindowItem item, String text) {
  enum Kind {
    /** Compare, store, and send probes. */
    HOME,
    /** Compare only. */
    PROBE
  }
}
