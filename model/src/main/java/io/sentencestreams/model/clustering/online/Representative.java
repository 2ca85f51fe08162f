package io.sentencestreams.model.clustering.online;

/**
 * A record that is typical of a cluster.
 *
 * @param id the record's own
 * @param text of the record
 * @param similarity to the centroid when it was taken
 * @param time of the record
 */
public record Representative(String id, String text, float similarity, long time) {}
