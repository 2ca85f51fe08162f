package io.sentencestreams.app.window;

/**
 * What a partition of the window says to the home of a text that asked by a probe.
 *
 * @param home the partition that it goes to
 * @param from the partition that says it
 * @param handle of the text at its home
 * @param item the text, without its vector
 * @param preceded whether there is a near-duplicate before it
 */
record Answer(int home, int from, long handle, WindowItem item, boolean preceded) {}
