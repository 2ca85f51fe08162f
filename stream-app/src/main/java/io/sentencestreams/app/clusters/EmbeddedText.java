package io.sentencestreams.app.clusters;

/**
 * A text with its embedding, on its way from the encoder to the micro-clusters of its partition.
 *
 * @param id as in its embedding
 * @param topic it was read from
 * @param partition of that topic
 * @param offset in that partition
 * @param time of the event, milliseconds since the epoch
 * @param modelVersion version of the model that made the vector
 * @param vector the embedding
 * @param text its words, or their beginning
 */
@SuppressWarnings("ArrayRecordComponent") // a message, never compared
record EmbeddedText(
    String id,
    String topic,
    int partition,
    long offset,
    long time,
    String modelVersion,
    float[] vector,
    String text)
    implements MicroInput {}
