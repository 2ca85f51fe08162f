package io.sentencestreams.app.topology;

import io.sentencestreams.schemas.InFlightCodec;
import io.sentencestreams.schemas.InFlightEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * A task's changelogged store of what is in flight, keyed by few slots that are used again and
 * again.
 *
 * <p>The store is cached and its dirty entries go to the changelog at a commit. A slot that was
 * filled and emptied many times between two commits is written once, so what reaches the changelog
 * is what is pending at a commit, not every record. The slot freed last is filled first, which
 * keeps the slots in use few. A slot that was filled and emptied since the last commit leaves no
 * trace: its tombstone would delete what the changelog does not have.
 */
final class InFlightSlots {
  private final KeyValueStore<Integer, byte[]> store;
  private final Deque<Integer> free = new ArrayDeque<>();
  private int slots;

  /** An entry and where it lies. */
  record Slot(int number, InFlightEntry entry) {}

  InFlightSlots(KeyValueStore<Integer, byte[]> store) {
    this.store = store;
    if (store instanceof CachedStateStore<?, ?> cached) {
      leaveNeedlessTombstonesOut(cached);
    }
  }

  /**
   * A cache with a flush listener looks whether the store has an entry before it deletes it, one
   * without does not (read in 4.3.1: {@code CachingKeyValueStore.putAndMaybeForward}).
   */
  private static <K, V> void leaveNeedlessTombstonesOut(CachedStateStore<K, V> cached) {
    cached.setFlushListener(change -> {}, false);
  }

  /**
   * Reads what the store holds, oldest first.
   *
   * @throws org.apache.kafka.common.errors.SerializationException if another format version wrote
   *     it
   */
  List<Slot> restore() {
    List<Slot> restored = new ArrayList<>();
    Set<Integer> used = new HashSet<>();
    slots = 0;
    free.clear();
    try (KeyValueIterator<Integer, byte[]> entries = store.all()) {
      while (entries.hasNext()) {
        KeyValue<Integer, byte[]> entry = entries.next();
        restored.add(new Slot(entry.key, InFlightCodec.decode(entry.value)));
        used.add(entry.key);
        slots = Math.max(slots, entry.key + 1);
      }
    }
    for (int slot = slots - 1; slot >= 0; slot--) {
      if (!used.contains(slot)) {
        free.push(slot);
      }
    }
    restored.sort(Comparator.comparingLong(slot -> slot.entry().sequence()));
    return restored;
  }

  /** Stores an encoded entry; returns its slot. */
  int put(byte[] encodedEntry) {
    int slot = free.isEmpty() ? slots++ : free.pop();
    store.put(slot, encodedEntry);
    return slot;
  }

  /** Empties a slot, which may be filled again at once. */
  void free(int slot) {
    store.put(slot, null);
    free.push(slot);
  }
}
