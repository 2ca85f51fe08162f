package io.sentencestreams.app.window;

import io.sentencestreams.model.window.EventClock;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The texts that lie in a partition of the window: their vectors, and what is kept on disk. */
final class WindowContents {
  private static final Logger LOG = LoggerFactory.getLogger(WindowContents.class);

  /** Entries that leave at one record's turn, at most, so that none takes long. */
  private static final int EXPIRED_AT_ONCE = 1000;

  private final WindowSettings settings;
  private final WindowMetrics metrics;
  private final int partition;
  private final VectorStore vectors;
  private final KeyValueStore<Long, byte[]> entries;

  /** Null where first occurrences are not wanted. */
  private Firsts firsts;

  private boolean full;

  /** No entry has a smaller handle. */
  private long oldest;

  private long nextExpiry;

  /** Of a task that is opened. */
  WindowContents(
      WindowSettings settings,
      WindowMetrics metrics,
      int partition,
      VectorStore vectors,
      KeyValueStore<Long, byte[]> entries) {
    this.settings = settings;
    this.metrics = metrics;
    this.partition = partition;
    this.vectors = vectors;
    this.entries = entries;
  }

  /** Those that forget what leaves the window. */
  void tell(Firsts newFirsts) {
    firsts = newFirsts;
  }

  VectorStore vectors() {
    return vectors;
  }

  KeyValueStore<Long, byte[]> entries() {
    return entries;
  }

  /** What is kept of a text, or null. */
  WindowEntry entry(long handle) {
    byte[] entry = entries.get(handle);
    return entry == null ? null : WindowEntry.decode(entry);
  }

  /** Whether a text is here already, under another handle. */
  boolean isKept(WindowItem item, long handle) {
    boolean[] found = {false};
    vectors
        .indexes()
        .search(
            item.modelVersion(),
            item.vector(),
            item.time(),
            item.time(),
            (other, time, similarity) -> {
              WindowEntry entry = other == handle ? null : entry(other);
              found[0] = entry != null && entry.item().isSameRecord(item);
              return !found[0];
            });
    return found[0];
  }

  /**
   * Puts a text into the stores.
   *
   * @return the entry that was there, under at-least-once, if it is the same record's; else null
   */
  WindowEntry put(WindowMessage message, long handle, boolean repeat) {
    WindowItem item = message.item();
    oldest = Math.min(oldest, handle);
    WindowEntry before = settings.exactlyOnce() ? null : entry(handle);
    boolean isAgain = before != null && before.item().isSameRecord(item);
    if (isAgain) { // its vector may be on the changelog or not
      vectors.delete(handle);
    }
    vectors.put(handle, item.modelVersion(), item.id(), item.vector());
    WindowEntry entry = new WindowEntry(item, message.text(), message.probes().length > 0, repeat);
    if (!isAgain) {
      entries.put(handle, entry.encode());
    }
    return isAgain ? before : null;
  }

  /**
   * Lets go of what no text that still comes can be compared with; now and then is enough.
   *
   * @param now the window's time
   */
  void expire(long now) {
    if (now == EventClock.UNKNOWN) {
      return;
    }
    long before = now - settings.window().toMillis() - settings.grace().toMillis();
    if (before > 0 && before >= nextExpiry) {
      vectors.indexes().expire(before);
      int removed = remove(Handles.first(before) - 1, EXPIRED_AT_ONCE);
      nextExpiry = removed < EXPIRED_AT_ONCE ? before + settings.expiryMillis() : before;
    }
  }

  /**
   * Lets the oldest go where there are too many.
   *
   * @param follows whether models take over from each other
   */
  void evict(boolean follows) {
    if (vectors.indexes().size() <= settings.maxRecords()) {
      return;
    }
    // While a model takes over from another, texts are here with vectors of both.
    int most = follows ? 2 : 1;
    long versions = Math.max(1, Math.min(most, vectors.indexes().versions().size()));
    long surplus = vectors.indexes().size() - versions * settings.maxRecords();
    if (surplus > 0) {
      metrics.evicted(remove(Long.MAX_VALUE, (int) Math.min(surplus, EXPIRED_AT_ONCE)));
      if (!full) {
        LOG.warn(
            "Partition {} of the window is full at {} texts, so the oldest leave before their time"
                + " and duplicates of them are missed: raise window.partition.max.records, or"
                + " shorten window.ms",
            partition,
            settings.maxRecords());
        full = true;
      }
    }
  }

  /** Removes the oldest entries up to a handle; returns how many. */
  private int remove(long lastHandle, int most) {
    List<Long> old = new ArrayList<>();
    // Not from 0: the store would look at all that was ever deleted.
    try (KeyValueIterator<Long, byte[]> range = entries.range(oldest, lastHandle)) {
      while (old.size() < most && range.hasNext()) {
        KeyValue<Long, byte[]> entry = range.next();
        old.add(entry.key);
      }
    }
    for (long handle : old) {
      oldest = handle;
      remove(handle);
    }
    if (firsts != null && !old.isEmpty()) {
      firsts.forgetPending(oldest);
    }
    return old.size();
  }

  /** Removes a text. */
  void remove(long handle) {
    entries.delete(handle);
    vectors.delete(handle);
    if (firsts != null) {
      firsts.forget(handle);
    }
  }
}
