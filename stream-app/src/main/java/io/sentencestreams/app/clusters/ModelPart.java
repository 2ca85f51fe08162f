package io.sentencestreams.app.clusters;

/**
 * A part of the clusters of a macro step, on its way to a partition; the whole may be larger than a
 * record.
 *
 * @param modelVersion version of the model that the clusters belong to
 * @param step number of the step
 * @param index of the part, from 0
 * @param count of parts; 0 says that there are no clusters of this version any more
 * @param bytes the part
 */
@SuppressWarnings("ArrayRecordComponent") // a message, never compared
record ModelPart(String modelVersion, long step, int index, int count, byte[] bytes)
    implements MicroInput {}
