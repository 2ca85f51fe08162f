package io.sentencestreams.app.clusters;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The texts of a partition for as long as the window is, by time and by id, on disk. Each has the
 * micro-cluster that it went to, so that its cluster is found when clusters have merged and split.
 */
final class Members {
  private static final byte CLOCK = 'c';
  private static final byte BY_ID = 'i';
  private static final byte BY_TIME = 't';
  private static final byte[] CLOCK_KEY = {CLOCK};

  /** What has expired is looked for each time so many texts have come. */
  private static final int CHECK = 256;

  /** Twice as many as come, so that a backlog of expired texts goes, and no call takes long. */
  private static final int MOST_EXPIRED = 2 * CHECK;

  private static final int ID_KEY_BYTES = 1 + Integer.BYTES + 2 * Long.BYTES;

  private final KeyValueStore<byte[], byte[]> store;
  private final long keptMillis;
  private int untilCheck = CHECK;

  /** The earliest time that may still be in the store: what was deleted is slow to walk over. */
  private long earliest = Long.MIN_VALUE;

  /**
   * The members in a store.
   *
   * @param keptMillis how far in event time a text may be behind and still be known
   */
  Members(KeyValueStore<byte[], byte[]> store, long keptMillis) {
    this.store = store;
    this.keptMillis = keptMillis;
  }

  /**
   * Takes a text in, or again what was taken in before a failure.
   *
   * @param time of it, as far as it is believed: one from the future must not stay till then
   * @param now event time of the partition
   */
  void add(Member member, long time, long now) {
    if (time >= earliest(now)) {
      byte[] place = place(member, time);
      store.put(timeKey(place), ClusterCodec.encode(member));
      store.put(idKey(member.text().id(), place), place);
    }
    if (--untilCheck == 0) {
      untilCheck = CHECK;
      store.put(CLOCK_KEY, ByteBuffer.allocate(Long.BYTES).putLong(now).array());
      expire(earliest(now));
    }
  }

  private long earliest(long now) {
    return now < Long.MIN_VALUE + keptMillis ? Long.MIN_VALUE : now - keptMillis;
  }

  private void expire(long before) {
    List<KeyValue<byte[], byte[]>> old = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> range =
        store.range(timeBound(earliest), timeBound(before))) {
      while (range.hasNext() && old.size() < MOST_EXPIRED) {
        old.add(range.next());
      }
    }
    for (KeyValue<byte[], byte[]> entry : old) {
      byte[] place = Arrays.copyOfRange(entry.key, 1, entry.key.length);
      store.delete(entry.key);
      store.delete(idKey(ClusterCodec.decodeMember(entry.value).text().id(), place));
      earliest = time(entry.key);
    }
    if (old.size() < MOST_EXPIRED) {
      earliest = Math.max(earliest, before);
    }
  }

  /** Looks at members, one after the other. */
  interface Visitor {
    /** Whether to go on. */
    boolean visit(Member member);
  }

  /**
   * Visits the members of a store that the window has, the latest first.
   *
   * @param keptMillis as of the members that the store belongs to
   */
  static void latestFirst(
      ReadOnlyKeyValueStore<byte[], byte[]> store, long keptMillis, Visitor visitor) {
    try (KeyValueIterator<byte[], byte[]> range =
        store.reverseRange(timeBound(earliest(store, keptMillis)), new byte[] {BY_TIME + 1})) {
      while (range.hasNext() && visitor.visit(ClusterCodec.decodeMember(range.next().value))) {}
    }
  }

  /** Visits those with an id, the latest first. */
  static void withId(
      ReadOnlyKeyValueStore<byte[], byte[]> store, long keptMillis, String id, Visitor visitor) {
    byte[] from = idKey(id, placeOf(earliest(store, keptMillis)));
    byte[] to = Arrays.copyOf(idKey(id, new byte[0]), ID_KEY_BYTES);
    Arrays.fill(to, 1 + Integer.BYTES, to.length, (byte) -1);
    try (KeyValueIterator<byte[], byte[]> range = store.reverseRange(from, to)) {
      while (range.hasNext()) {
        byte[] value = store.get(timeKey(range.next().value));
        Member member = value == null ? null : ClusterCodec.decodeMember(value);
        if (member != null && member.text().id().equals(id) && !visitor.visit(member)) {
          return;
        }
      }
    }
  }

  private static long earliest(ReadOnlyKeyValueStore<byte[], byte[]> store, long keptMillis) {
    byte[] clock = store.get(CLOCK_KEY);
    return clock == null ? Long.MIN_VALUE : ByteBuffer.wrap(clock).getLong() - keptMillis;
  }

  /** Time, offset and topic: the place of a text in its partition, in the order of time. */
  private static byte[] place(Member member, long time) {
    byte[] topic = member.text().source().topic().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 * Long.BYTES + topic.length)
        .putLong(time ^ Long.MIN_VALUE) // bytes are compared without a sign
        .putLong(member.text().source().offset())
        .put(topic)
        .array();
  }

  private static byte[] placeOf(long time) {
    return ByteBuffer.allocate(Long.BYTES).putLong(time ^ Long.MIN_VALUE).array();
  }

  private static byte[] timeBound(long time) {
    return timeKey(placeOf(time));
  }

  private static byte[] timeKey(byte[] place) {
    return ByteBuffer.allocate(1 + place.length).put(BY_TIME).put(place).array();
  }

  private static long time(byte[] timeKey) {
    return ByteBuffer.wrap(timeKey).getLong(1) ^ Long.MIN_VALUE;
  }

  /** Two ids may have one hash: whoever looks compares the id itself. */
  private static byte[] idKey(String id, byte[] place) {
    return ByteBuffer.allocate(1 + Integer.BYTES + place.length)
        .put(BY_ID)
        .putInt(id.hashCode())
        .put(place)
        .array();
  }
}
