package io.sentencestreams.app.benchmark;

/**
 * What a stream's process does to the memory.
 *
 * @param texts what was fed
 * @param encoder {@code model} or {@code lookup}
 * @param in texts that went in
 * @param out embeddings that came out
 * @param minutes how long it took
 * @param textsPerSecond embeddings a second over the whole run
 * @param firstMegabytes resident memory at the first embedding
 * @param lastMegabytes at the end
 * @param mostMegabytes the most of all samples
 * @param slopeFrom the minute from which on the slope counts
 * @param slope growth in megabytes a minute, by least squares; NaN if the run was too short
 * @param changelogRecords that lie on the changelog of the records in flight at the end
 * @param restoreSeconds from the start of another instance without local state to its running
 */
public record MemoryReport(
    String texts,
    String encoder,
    long in,
    long out,
    double minutes,
    double textsPerSecond,
    double firstMegabytes,
    double lastMegabytes,
    double mostMegabytes,
    double slopeFrom,
    double slope,
    long changelogRecords,
    double restoreSeconds) {}
