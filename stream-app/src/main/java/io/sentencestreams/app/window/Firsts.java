package io.sentencestreams.app.window;

import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.MatchVisitor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Which texts of a partition's home are first occurrences: those that have no near-duplicate before
 * them in the window. An earlier near-duplicate may have its home in another partition, so a text
 * without one at home is kept pending while its probes ask there; each answers, and with the last
 * answer the text is given out, or with the first that knows of an earlier one it is dropped.
 *
 * <p>Before whom? Where X is stored and Y comes, be it to its home or as a probe, X is before Y if
 * X is the smaller in the order of {@link WindowItem#precedes}: event time, topic, partition,
 * offset. But what has been given out cannot be taken back, so X is before Y also if X has been
 * given out. If X is not before Y and still pending, X is dropped: Y is before it.
 *
 * <p>So of two near-duplicates A &lt; B that are searched for at each other's home,
 *
 * <ul>
 *   <li><em>not both are given out</em>. Suppose they are. When A's probe came to B's home it was
 *       not told of B. Then B was not given out yet, nor pending, or it would have been dropped,
 *       nor dropped, since it is given out in the end: so B had not come. When B's probe came to
 *       A's home, later than that, A was there and smaller: B was told of it and dropped.
 *   <li><em>not both are dropped because of each other</em>. A is dropped because of B only if B
 *       has been given out, and that is never dropped.
 * </ul>
 *
 * <p>Neither depends on the order in which messages come, nor do they when the two have one home.
 * It follows that of all texts that a chain of pairs connects, one at least is given out, and that
 * texts that come in the order of their times are given out if and only if no smaller one is near.
 * A pair that the search misses, because routing did not bring it together or one text was late or
 * had left early, counts for nothing: both are given out.
 *
 * <p>What is still pending when it leaves the window is given out, so that a text whose answer got
 * lost is not lost with it: it may have a near-duplicate then that is given out too.
 *
 * <p>Three kinds of entries lie in the store, told apart by the first byte of their key: what is
 * pending and whom it waits for, the embedding that it waits with, and a mark for each text that
 * was dropped after its entry in the window had been written.
 */
final class Firsts {
  private static final byte PENDING = 'p';
  private static final byte EMBEDDING = 'e';
  private static final byte DROPPED = 'd';
  private static final byte[] MARK = {WindowCodec.FORMAT_VERSION};

  private final KeyValueStore<byte[], byte[]> store;
  private final LongFunction<WindowEntry> entries;
  private final Consumer<byte[]> first;
  private final boolean exactlyOnce;
  private final WindowMetrics metrics;

  /** All that is pending; its embeddings are in the store only. */
  private final NavigableMap<Long, Pending> pending = new TreeMap<>();

  /**
   * What has been given out and may have to be once more: under at-least-once the last answer may
   * be read again when the store has forgotten the text and the embedding was not written. So it
   * stays in the store until a commit; empty under exactly-once.
   */
  private final Map<Long, Pending> given = new HashMap<>();

  /** Given out unanswered, and still in the store until a commit; empty under exactly-once. */
  private final List<Long> unanswered = new ArrayList<>();

  /** What metrics read from another thread. */
  private volatile int pendingCount;

  /**
   * What the store holds is pending again.
   *
   * @param exactlyOnce whether what was given out and what the store holds always agree
   * @param entries the window's entry of a handle, or null
   * @param first takes the embedding of a first occurrence, as {@link WindowMessage#embedding}
   */
  Firsts(
      KeyValueStore<byte[], byte[]> store,
      LongFunction<WindowEntry> entries,
      Consumer<byte[]> first,
      boolean exactlyOnce,
      WindowMetrics metrics) {
    this.store = store;
    this.entries = entries;
    this.first = first;
    this.exactlyOnce = exactlyOnce;
    this.metrics = metrics;
    try (KeyValueIterator<byte[], byte[]> range =
        store.range(key(PENDING, 0), key(PENDING, Long.MAX_VALUE))) {
      while (range.hasNext()) {
        KeyValue<byte[], byte[]> entry = range.next();
        long handle = ByteBuffer.wrap(entry.key).getLong(1);
        Pending stored = Pending.decode(entry.value);
        if (stored.asked().isEmpty()) {
          given.put(handle, stored);
        } else if (!isDropped(handle)) {
          pending.put(handle, stored);
        }
      }
    }
    pendingCount = pending.size();
  }

  /** Number of texts that wait for answers. */
  int pending() {
    return pendingCount;
  }

  /**
   * @param item without its vector
   * @param asked partitions whose answers are outstanding; none if it has been given out
   * @param lastAnswer offset of the answer upon which it was given out, else 0
   */
  private record Pending(WindowItem item, Set<Integer> asked, long lastAnswer) {
    byte[] encode() {
      return WindowCodec.encode(
          0,
          encoder -> {
            WindowCodec.writeItem(item, encoder);
            WindowCodec.writePartitions(
                asked.stream().mapToInt(Integer::intValue).toArray(), encoder);
            encoder.writeLong(lastAnswer);
          });
    }

    static Pending decode(byte[] bytes) {
      return WindowCodec.decode(
          "A pending text",
          bytes,
          decoder ->
              new Pending(
                  WindowCodec.readItem(decoder),
                  set(WindowCodec.readPartitions(decoder)),
                  decoder.readLong()));
    }

    static Set<Integer> set(int[] partitions) {
      return Arrays.stream(partitions).boxed().collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** Searches the window to the end, or until the visitor has enough. */
  interface Search {
    void visit(MatchVisitor visitor);
  }

  /**
   * Whether a near-duplicate is before a text that has come, here or as a probe. Those pending that
   * the text is before are dropped.
   *
   * @param matches near-duplicates that are stored
   * @param all finds all of them where {@code matches} are only some, else null
   */
  boolean isPreceded(WindowItem item, List<Match> matches, Search all) {
    boolean preceded = matches.stream().anyMatch(match -> isEarlier(match, item));
    for (Match match : matches) {
      if (!preceded || pending.containsKey(match.handle())) {
        preceded |= isBefore(match, item);
      }
    }
    if (!preceded && all != null) {
      boolean[] found = {false};
      all.visit(
          (handle, time, similarity) -> {
            found[0] = isBefore(new Match(handle, time, similarity), item);
            return !found[0];
          });
      preceded = found[0];
    }
    return preceded;
  }

  /** Told by the handle alone, as it mostly can be. */
  private static boolean isEarlier(Match match, WindowItem item) {
    return match.time() < Handles.time(Handles.first(item.time()));
  }

  private boolean isBefore(Match match, WindowItem item) {
    Pending stored = pending.get(match.handle());
    if (stored != null) {
      if (!item.precedes(stored.item())) {
        return !item.isSameRecord(stored.item());
      }
      drop(match.handle());
      return false;
    }
    if (isEarlier(match, item)) {
      return true;
    }
    WindowEntry entry = entries.apply(match.handle());
    if (entry == null || entry.item().isSameRecord(item)) {
      return false;
    }
    return entry.item().precedes(item) || !(entry.repeat() || isDropped(match.handle()));
  }

  /** Whether it is not decided yet. */
  boolean isPending(long handle) {
    return pending.containsKey(handle);
  }

  /** Whether it was dropped after it had been kept. */
  boolean isDropped(long handle) {
    return store.get(key(DROPPED, handle)) != null;
  }

  /**
   * Takes a text that nothing at home is before.
   *
   * @param asked the partitions that its probes ask; none: it is given out at once
   */
  void add(long handle, WindowItem item, int[] asked, byte[] embedding) {
    if (asked.length == 0) {
      give(embedding);
      return;
    }
    Pending waiting = new Pending(item, Pending.set(asked), 0);
    pending.put(handle, waiting);
    pendingCount = pending.size();
    store.put(key(PENDING, handle), waiting.encode());
    store.put(key(EMBEDDING, handle), embedding);
  }

  /**
   * Takes a text again that is in the window already, under at-least-once.
   *
   * @return whether its probes must ask
   */
  boolean addAgain(long handle, WindowEntry entry, int[] asked, byte[] embedding) {
    if (entry.repeat() || isDropped(handle) || given.containsKey(handle)) {
      return false;
    }
    if (pending.containsKey(handle)) {
      store.put(key(EMBEDDING, handle), embedding);
    } else {
      add(handle, entry.item(), asked, embedding);
    }
    return true;
  }

  /**
   * Takes the answer to a probe.
   *
   * @param offset of its record
   */
  void answered(Answer answer, long offset) {
    long handle = answer.handle();
    Pending again = given.get(handle);
    if (again != null && again.lastAnswer() == offset) {
      give(store.get(key(EMBEDDING, handle)));
      return;
    }
    Pending waiting = pending.get(handle);
    if (waiting == null || !waiting.item().isSameRecord(answer.item())) {
      return; // dropped meanwhile
    }
    if (answer.preceded()) {
      drop(handle);
      return;
    }
    waiting.asked().remove(answer.from());
    if (!waiting.asked().isEmpty()) {
      store.put(key(PENDING, handle), waiting.encode());
      return;
    }
    byte[] embedding = store.get(key(EMBEDDING, handle));
    if (exactlyOnce) {
      remove(handle);
    } else {
      pending.remove(handle);
      pendingCount = pending.size();
      Pending done = new Pending(waiting.item(), waiting.asked(), offset);
      given.put(handle, done);
      store.put(key(PENDING, handle), done.encode());
    }
    give(embedding);
  }

  /**
   * Forgets what has been given out for good.
   *
   * @param offset of the last record that is committed
   */
  void committed(long offset) {
    given
        .entrySet()
        .removeIf(
            entry -> {
              boolean isDone = entry.getValue().lastAnswer() <= offset;
              if (isDone) {
                remove(entry.getKey());
              }
              return isDone;
            });
    unanswered.forEach(this::remove);
    unanswered.clear();
  }

  /** Lets a text go by that is compared with none. */
  void give(byte[] embedding) {
    metrics.first();
    first.accept(embedding);
  }

  private void drop(long handle) {
    remove(handle);
    if (entries.apply(handle) != null) { // else nobody would ever delete the mark
      store.put(key(DROPPED, handle), MARK);
    }
    metrics.repeat();
  }

  private void remove(long handle) {
    pending.remove(handle);
    pendingCount = pending.size();
    store.delete(key(PENDING, handle));
    store.delete(key(EMBEDDING, handle));
  }

  /** The window has let go of an entry. */
  void forget(long handle) {
    byte[] key = key(DROPPED, handle);
    if (store.get(key) != null) {
      store.delete(key);
    }
  }

  /**
   * Gives out what is pending and has left the window: an answer may have got lost, and nothing
   * else would let go of the text.
   *
   * @param lastHandle the greatest that has left
   */
  void forgetPending(long lastHandle) {
    List<Long> left = List.copyOf(pending.headMap(lastHandle, true).keySet());
    for (long handle : left) {
      byte[] embedding = store.get(key(EMBEDDING, handle));
      if (embedding == null) { // killed between two writes: the text is read again
        continue;
      }
      if (exactlyOnce) {
        remove(handle);
      } else { // it must not be lost with the process
        pending.remove(handle);
        pendingCount = pending.size();
        unanswered.add(handle);
      }
      metrics.unanswered();
      give(embedding);
    }
  }

  private static byte[] key(byte kind, long handle) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(kind).putLong(handle).array();
  }
}
