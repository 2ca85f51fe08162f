package io.sentencestreams.model.window;

/**
 * Where a record's near-duplicates are looked for.
 *
 * @param home the partition that keeps it
 * @param probes the other partitions that may keep a near-duplicate of it, ascending; without its
 *     home
 */
public record Route(int home, int[] probes) {}
