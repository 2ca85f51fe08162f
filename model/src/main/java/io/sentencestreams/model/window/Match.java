package io.sentencestreams.model.window;

/**
 * A vector of a window that is near a query.
 *
 * @param handle as it was added
 * @param time as it was added, in milliseconds
 * @param similarity cosine
 */
public record Match(long handle, long time, float similarity) {}
