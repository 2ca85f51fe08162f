package io.sentencestreams.app.window;

/**
 * A text in the window, without its words.
 *
 * @param id as in its embedding
 * @param topic it was read from; topic, partition and offset together are what tells texts apart
 * @param partition of that topic
 * @param offset in that partition
 * @param time event time, milliseconds since the epoch
 * @param modelVersion version of the model that made the vector
 * @param vector the embedding in fixed point
 */
record WindowItem(
    String id,
    String topic,
    int partition,
    long offset,
    long time,
    String modelVersion,
    short[] vector) {

  /** Topic, partition and offset: what tells it from all others. */
  String name() {
    return topic + "-" + partition + "-" + offset;
  }

  /** Whether it comes first in the order of event time, topic, partition and offset. */
  boolean precedes(WindowItem other) {
    if (time != other.time) {
      return time < other.time;
    }
    int topics = topic.compareTo(other.topic);
    if (topics != 0) {
      return topics < 0;
    }
    return partition != other.partition ? partition < other.partition : offset < other.offset;
  }

  /** Whether both are the same record of the same topic. */
  boolean isSameRecord(WindowItem other) {
    return offset == other.offset && partition == other.partition && topic.equals(other.topic);
  }
}
