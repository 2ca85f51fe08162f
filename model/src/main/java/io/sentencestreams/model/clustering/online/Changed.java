package io.sentencestreams.model.clustering.online;

/**
 * An entry of the micro-clusters' state that changed.
 *
 * @param id of a micro-cluster, or {@link MicroClusters#STATE_ID}
 * @param bytes its binary form, or null if it was deleted
 */
@SuppressWarnings("ArrayRecordComponent") // a message on its way to a store, never compared
public record Changed(long id, byte[] bytes) {}
