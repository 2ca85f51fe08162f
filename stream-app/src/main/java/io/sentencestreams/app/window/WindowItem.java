package io.sentencestreams.app.window;

import java.util.Collections;
import java.util.List;

/**
 * A text in the window, without its words.
 *
 * @param id as in its embedding
 * @param topic it was read from; topic, partition and offset together are what tells texts apart
 * @param partition of that topic
 * @param offset in that partition
 * @param time event time, milliseconds since the epoch
 * @param modelVersion version of the model that made the vector
 * @param compared versions under which it meets every text of the window that has a vector of them
 *     too, see {@link Reembedding}
 * @param vector the embedding in fixed point
 */
record WindowItem(
    String id,
    String topic,
    int partition,
    long offset,
    long time,
    String modelVersion,
    List<String> compared,
    short[] vector) {

  /** A text as the stream's encoder sends it: compared in its own version. */
  WindowItem(
      String id,
      String topic,
      int partition,
      long offset,
      long time,
      String modelVersion,
      short[] vector) {
    this(id, topic, partition, offset, time, modelVersion, List.of(modelVersion), vector);
  }

  /** The same text with another vector. */
  WindowItem with(String version, short[] otherVector) {
    return new WindowItem(id, topic, partition, offset, time, version, compared, otherVector);
  }

  /** The same text, compared in these versions. */
  WindowItem comparedIn(List<String> versions) {
    return new WindowItem(
        id, topic, partition, offset, time, modelVersion, List.copyOf(versions), vector);
  }

  /** Whether both have been compared already, or will be when the later comes. */
  boolean meetsElsewhere(WindowItem other) {
    return !Collections.disjoint(compared, other.compared);
  }

  /** Whether the two may be compared more than once. */
  boolean mayMeetAgain(WindowItem other) {
    return compared.isEmpty() || !compared.equals(other.compared);
  }

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
