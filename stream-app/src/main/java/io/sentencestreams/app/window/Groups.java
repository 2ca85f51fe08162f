package io.sentencestreams.app.window;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Which texts a chain of pairs connects: union-find over stores. A group is named after the text
 * that began it and keeps its name when that text has expired. Where two groups meet, the one that
 * is older by the text it is named after lends its name.
 *
 * <p>Four kinds of entries lie in one store, told apart by the first byte of their key: a text's
 * group, a group's parent and age, under at-least-once what a pair has joined, and, in order of
 * time, what is to expire.
 */
final class Groups {
  private static final byte MEMBER = 'm';
  private static final byte GROUP = 'p';
  private static final byte JOINED = 'j';
  private static final byte EXPIRY = 't';

  private final KeyValueStore<byte[], byte[]> store;
  private final boolean exactlyOnce;

  /** What is older is gone; a search from the very beginning would pass all that was deleted. */
  private long expiredBefore;

  /** With a store that a pair may be joined in twice, unless it is exactly once. */
  Groups(KeyValueStore<byte[], byte[]> store, boolean exactlyOnce) {
    this.store = store;
    this.exactlyOnce = exactlyOnce;
  }

  /**
   * What joining two texts came to.
   *
   * @param group that both are in now
   * @param merged the group that gave up its name, or null
   */
  record Joined(String group, String merged) {}

  /**
   * @param parent the group that this one merged into, or null
   * @param time of the text that the group is named after
   * @param last latest time of a text in it, or in a group merged into it
   */
  private record Group(String parent, long time, long last) {
    byte[] encode() {
      return WindowCodec.encode(
          0,
          encoder -> {
            encoder.writeBoolean(parent != null);
            encoder.writeString(parent == null ? "" : parent);
            encoder.writeLong(time);
            encoder.writeLong(last);
          });
    }

    static Group decode(byte[] bytes) {
      return WindowCodec.decode(
          "A group of near-duplicates",
          bytes,
          decoder -> {
            boolean hasParent = decoder.readBoolean();
            String parent = decoder.readString();
            return new Group(hasParent ? parent : null, decoder.readLong(), decoder.readLong());
          });
    }
  }

  /** Joins the texts of a pair. */
  Joined join(WindowItem a, WindowItem b) {
    String groupOfA = find(a);
    String groupOfB = find(b);
    String merged = null;
    String group;
    if (groupOfA == null && groupOfB == null) {
      // A group of this name may live on though the text itself is forgotten.
      String before = root(a.name(), store::get);
      group = before == null ? a.name() : before;
      if (before == null) {
        putGroup(group, new Group(null, a.time(), a.time()));
      }
    } else if (groupOfA == null || groupOfB == null) {
      group = groupOfA == null ? groupOfB : groupOfA;
    } else if (groupOfA.equals(groupOfB)) {
      group = groupOfA;
    } else {
      boolean aIsOlder = isOlder(groupOfA, groupOfB);
      group = aIsOlder ? groupOfA : groupOfB;
      merged = aIsOlder ? groupOfB : groupOfA;
      merge(merged, group);
    }
    add(a, group);
    add(b, group);
    return new Joined(group, exactlyOnce ? merged : remembered(a, b, merged));
  }

  /**
   * The group that gave up its name for a pair, also when the pair comes again: the groups are one
   * then already, and perhaps nobody has been told.
   */
  private String remembered(WindowItem a, WindowItem b, String merged) {
    String pair = a.name() + "/" + b.name();
    byte[] key = key(JOINED, pair);
    if (merged == null) {
      byte[] before = store.get(key);
      return before == null ? null : new String(before, StandardCharsets.UTF_8);
    }
    store.put(expiryKey(b.time(), JOINED, pair), new byte[0]);
    store.put(key, merged.getBytes(StandardCharsets.UTF_8));
    return merged;
  }

  /** The group that a text is in, or null. */
  String find(WindowItem item) {
    return find(item.name(), store::get);
  }

  /**
   * The group that a text is in, or null.
   *
   * @param name of the text
   * @param store looks a key up
   */
  static String find(String name, UnaryOperator<byte[]> store) {
    byte[] member = store.apply(key(MEMBER, name));
    return member == null ? null : root(new String(member, StandardCharsets.UTF_8), store);
  }

  /** Null where the group is forgotten, and with it the text that is about to be. */
  private static String root(String name, UnaryOperator<byte[]> store) {
    String root = name;
    while (true) {
      byte[] bytes = store.apply(key(GROUP, root));
      if (bytes == null) {
        return null;
      }
      String parent = Group.decode(bytes).parent();
      if (parent == null) {
        return root;
      }
      root = parent;
    }
  }

  private boolean isOlder(String one, String other) {
    long difference = group(one).time() - group(other).time();
    return difference != 0 ? difference < 0 : one.compareTo(other) < 0;
  }

  private void merge(String from, String into) {
    Group child = group(from);
    Group parent = group(into);
    putGroup(from, new Group(into, child.time(), child.last()));
    putGroup(into, new Group(null, parent.time(), Math.max(parent.last(), child.last())));
  }

  private void add(WindowItem item, String group) {
    String name = item.name();
    byte[] old = store.get(key(MEMBER, name));
    if (old == null) {
      store.put(expiryKey(item.time(), MEMBER, name), new byte[0]);
    }
    byte[] now = group.getBytes(StandardCharsets.UTF_8);
    if (!Arrays.equals(old, now)) {
      store.put(key(MEMBER, name), now);
    }
    Group root = group(group);
    if (item.time() > root.last()) {
      putGroup(group, new Group(root.parent(), root.time(), item.time()));
    }
  }

  private Group group(String name) {
    byte[] bytes = store.get(key(GROUP, name));
    if (bytes == null) {
      throw new IllegalStateException("the group " + name + " has members and is gone");
    }
    return Group.decode(bytes);
  }

  private void putGroup(String name, Group group) {
    byte[] key = key(GROUP, name);
    if (store.get(key) == null) {
      store.put(expiryKey(group.last(), GROUP, name), new byte[0]);
    }
    store.put(key, group.encode());
  }

  /**
   * Forgets texts before a time, and groups whose texts are all forgotten.
   *
   * @param most entries that are looked at
   * @return whether there are more
   */
  boolean expire(long before, int most) {
    List<byte[]> due = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> range =
        store.range(timeKey(expiredBefore), timeKey(before))) {
      while (due.size() < most && range.hasNext()) {
        KeyValue<byte[], byte[]> entry = range.next();
        due.add(entry.key);
      }
    }
    for (byte[] key : due) {
      store.delete(key);
      byte kind = key[1 + Long.BYTES];
      int start = 2 + Long.BYTES;
      String name = new String(key, start, key.length - start, StandardCharsets.UTF_8);
      if (kind == MEMBER || kind == JOINED) {
        store.delete(key(kind, name));
      } else {
        expireGroup(name, before);
      }
    }
    boolean more = due.size() == most;
    if (!more) {
      expiredBefore = before;
    }
    return more;
  }

  private void expireGroup(String name, long before) {
    byte[] stored = store.get(key(GROUP, name));
    if (stored == null) {
      return; // it went with a store that had been away for longer than deletions are kept
    }
    Group group = Group.decode(stored);
    if (group.last() < before) {
      store.delete(key(GROUP, name));
    } else { // texts have joined it since; it is looked at again when they expire
      store.put(expiryKey(group.last(), GROUP, name), new byte[0]);
    }
  }

  private static byte[] key(byte kind, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + bytes.length).put(kind).put(bytes).array();
  }

  /** In order of time; of the same time texts come before groups. */
  private static byte[] expiryKey(long time, byte kind, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + Long.BYTES + bytes.length)
        .put(timeKey(time))
        .put(kind)
        .put(bytes)
        .array();
  }

  private static byte[] timeKey(long time) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(EXPIRY).putLong(Math.max(0, time)).array();
  }
}
