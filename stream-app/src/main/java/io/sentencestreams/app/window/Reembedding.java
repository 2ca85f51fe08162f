package io.sentencestreams.app.window;

import io.sentencestreams.app.batch.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a partition of the window follows when a model takes over from another: each text gets a
 * vector of the new one, from its words, while the stream goes on.
 *
 * <p>A text with a vector of the new model may have its home elsewhere, so a <em>copy</em> of it is
 * sent there over the window's topic, in the transaction that marks the text as copied; whatever
 * kills the process, the copy is sent once. The text stays with its old vector until all partitions
 * have <em>settled</em>: have committed that all their texts are copied. Until then the encoder
 * gives each new text a vector of the model before too, by which it meets the texts that are not
 * copied yet, at once. Then old vectors and the old model go. A partition lets go of them when it
 * has read what lay on its topic before: it sends a barrier to itself for that.
 *
 * <p>Which texts are compared under which version, so that each pair is found once?
 *
 * <ul>
 *   <li>Two texts whose first vectors are of one version are compared under it when the later one
 *       comes, and never again, whatever newer models make of them.
 *   <li>Two texts whose first vectors are of two versions are compared under each version that both
 *       have a vector of: when the later comes, and when the copy of the earlier comes to its home
 *       and its probes. If they are near under one of them they are a pair; the step behind the
 *       window remembers such pairs and drops those that come again.
 *   <li>A text that comes with an old vector when its partition has settled, from an instance that
 *       has not swapped yet, is compared under the newer version as soon as it is copied.
 * </ul>
 *
 * <p>So no pair depends on how fast the copies are made. What does: whether the two of a pair that
 * one version takes for near and the other does not met under both; and, on the topic of first
 * occurrences, whether a text that comes while two instances run different models, for the seconds
 * between their swaps, is known to be a repeat.
 *
 * <p>A text is taken as compared under a second version once all have settled on that, so that the
 * next model does not lead to old pairs again. A model that takes over before the window has
 * settled, or one that is gone back to, changes nothing in this: texts are copied from whatever
 * version they have. Only the last model before it goes on to encode new texts then, so those that
 * have no vector but an older one are found when they are copied.
 */
final class Reembedding {
  static final String STATE = "state";

  /** Between two looks while there is nothing to do: each makes the task commit. */
  static final Duration IDLE_PAUSE = Duration.ofSeconds(1);

  static final Duration BUSY_PAUSE = Duration.ofMillis(20);

  private static final Logger LOG = LoggerFactory.getLogger(Reembedding.class);

  /** Entries that are looked at in one turn, at most. */
  private static final int LOOKS = 256;

  /** Texts of this partition that wait for the encoder, at most. */
  private static final int MOST_IN_WORK = 64;

  private static final int MOST_COMPARED = 8;

  private final Succession succession;
  private final int partition;
  private final VectorStore vectors;
  private final KeyValueStore<Long, byte[]> entries;
  private final KeyValueStore<String, byte[]> store;
  private final LongPredicate isPending;
  private final LongConsumer remove;
  private final Copies copies;
  private final LongSupplier commits;
  private final WindowMetrics metrics;
  private final Deque<InWork> inWork = new ArrayDeque<>();

  /** Superseded texts that came since the scan passed their place. */
  private final Deque<Long> arrived = new ArrayDeque<>();

  /**
   * Copies that were sent, to be marked when a commit has followed: under at-least-once a kill
   * could keep the mark and lose the copy.
   */
  private final Deque<Sent> sent = new ArrayDeque<>();

  private ReembeddingState state;

  /** The version that texts are being copied to; null before anything is known. */
  private String target;

  /** What an entry has whose copy was sent. */
  private String mark;

  /** What the scan looks at next; {@link Long#MAX_VALUE} at its end. */
  private long next;

  private long copied;
  private String barrierSent;
  private String barrierPassed;

  /** Sends copies and barriers. */
  interface Copies {
    /** Sends a copy of a text with a vector; whether there is one to send. */
    boolean send(long handle, WindowEntry entry, List<String> compared, Outcome.Encoded encoded);

    void barrier(String version);
  }

  private record Sent(long handle, long commits) {}

  private record InWork(long handle, CompletableFuture<Outcome> outcome) {}

  /**
   * Of a task that is opened.
   *
   * @param isPending whether it is not decided yet if a text is a first occurrence
   * @param remove removes a text
   * @param commits counts the commits; null under exactly-once
   */
  Reembedding(
      Succession succession,
      int partition,
      VectorStore vectors,
      KeyValueStore<Long, byte[]> entries,
      KeyValueStore<String, byte[]> store,
      LongPredicate isPending,
      LongConsumer remove,
      Copies copies,
      LongSupplier commits,
      WindowMetrics metrics) {
    this.succession = succession;
    this.partition = partition;
    this.vectors = vectors;
    this.entries = entries;
    this.store = store;
    this.isPending = isPending;
    this.remove = remove;
    this.copies = copies;
    this.commits = commits;
    this.metrics = metrics;
    byte[] stored = store.get(STATE);
    this.state = stored == null ? ReembeddingState.NEW : ReembeddingState.decode(stored);
  }

  /** A text as it is kept: one that comes with a vector of a version that all have left. */
  WindowItem asItComes(WindowItem item) {
    boolean late =
        (!item.modelVersion().equals(target) && state.left().contains(item.modelVersion()))
            || (state.settled().equals(target)
                && !item.modelVersion().equals(target)
                && succession.isSuperseded(item.modelVersion()));
    return late ? item.comparedIn(List.of()) : item;
  }

  /** A text was kept. */
  void kept(long handle, WindowItem item) {
    if (target != null && succession.isSuperseded(item.modelVersion())) {
      arrived.add(handle);
    }
  }

  /** What lay on the window's topic before the barrier has been read. */
  void passed(String version) {
    barrierPassed = version;
  }

  /** Whether there is something to do, but to wait for others. */
  boolean isBusy() {
    return target != null
        && (isCopying() || (succession.isSettled(target) && !state.complete().equals(target)));
  }

  private boolean isCopying() {
    return next < Long.MAX_VALUE || !arrived.isEmpty() || !inWork.isEmpty() || !sent.isEmpty();
  }

  /** Does a part of the work, on the task's thread. */
  void work() {
    String current = succession.current();
    if (current == null) {
      stop();
      target = null; // all is looked at again when something is known
      return;
    }
    if (!current.equals(target)) {
      begin(current);
    }
    forwardDone();
    markSent();
    submit();
    // Else something has just become known that changes what is to be copied.
    if (!isCopying() && target.equals(succession.current())) {
      settle();
      letGo();
    }
  }

  private void begin(String current) {
    stop();
    target = current;
    if (!state.target().equals(target)) {
      save(
          new ReembeddingState(
              state.settled(),
              // Of one that others have settled on too, before this one takes over from it.
              state.complete().equals(state.target()) ? state.complete() : "",
              state.left(),
              target,
              state.swaps() + 1));
    }
    mark = target + " " + state.swaps();
    arrived.clear();
    next = 0;
    copied = 0;
    barrierSent = null;
    barrierPassed = null;
  }

  /** The task is closed: what is in work is done again by its next owner. */
  void stop() {
    inWork.forEach(waiting -> waiting.outcome().cancel(false));
    inWork.clear();
    sent.clear();
  }

  private void forwardDone() {
    while (!inWork.isEmpty() && inWork.peekFirst().outcome().isDone()) {
      InWork done = inWork.pollFirst();
      byte[] bytes = entries.get(done.handle());
      if (bytes == null) {
        continue; // it has left the window
      }
      WindowEntry entry = WindowEntry.decode(bytes);
      if (entry.copied().equals(mark)) {
        continue; // found by the scan and as one that came
      }
      Outcome outcome = done.outcome().join();
      if (outcome instanceof Outcome.Encoded encoded) {
        if (!encoded.modelVersion().equals(target)) {
          arrived.add(done.handle()); // another model took over, this process will know soon
          return;
        }
        if (copies.send(done.handle(), entry, compared(entry.item()), encoded)) {
          metrics.reembedded();
        } else {
          metrics.incomparable();
        }
      } else {
        metrics.incomparable(); // the new model fails on the text
      }
      copied++;
      if (commits == null) {
        entries.put(done.handle(), entry.copied(mark).encode());
      } else {
        sent.add(new Sent(done.handle(), commits.getAsLong()));
      }
    }
  }

  private void markSent() {
    while (!sent.isEmpty() && sent.peekFirst().commits() < commits.getAsLong()) {
      long handle = sent.pollFirst().handle();
      byte[] entry = entries.get(handle);
      if (entry != null) {
        entries.put(handle, WindowEntry.decode(entry).copied(mark).encode());
      }
    }
  }

  /** The versions that a copy need not be compared in again. */
  private List<String> compared(WindowItem item) {
    List<String> compared = new ArrayList<>(item.compared());
    if (state.complete().equals(item.modelVersion()) && !compared.contains(state.complete())) {
      compared.add(state.complete());
    }
    return compared.subList(Math.max(0, compared.size() - MOST_COMPARED), compared.size());
  }

  private void submit() {
    int looks = LOOKS;
    for (int left = arrived.size(); left > 0 && hasRoom() && looks > 0; left--, looks--) {
      long handle = arrived.pollFirst();
      byte[] entry = entries.get(handle);
      if (entry != null) {
        look(handle, WindowEntry.decode(entry));
      }
    }
    if (next == Long.MAX_VALUE) {
      return;
    }
    if (!hasSuperseded()) {
      next = Long.MAX_VALUE;
      return;
    }
    scan(
        next,
        looks,
        (handle, entry) -> {
          look(handle, entry);
          next = handle + 1;
        });
  }

  private boolean hasRoom() {
    return inWork.size() < MOST_IN_WORK;
  }

  private void scan(long from, int looks, BiConsumer<Long, WindowEntry> visitor) {
    try (KeyValueIterator<Long, byte[]> range = entries.range(from, Long.MAX_VALUE)) {
      int seen = 0;
      while (hasRoom() && seen++ < looks) {
        if (!range.hasNext()) {
          next = Long.MAX_VALUE;
          return;
        }
        KeyValue<Long, byte[]> entry = range.next();
        visitor.accept(entry.key, WindowEntry.decode(entry.value));
      }
    }
  }

  private void look(long handle, WindowEntry entry) {
    if (!succession.isSuperseded(entry.item().modelVersion()) || entry.copied().equals(mark)) {
      return;
    }
    if (isPending.test(handle)) {
      arrived.add(handle); // its answers are on their way
    } else {
      inWork.add(new InWork(handle, succession.encode(entry.text())));
    }
  }

  private void settle() {
    if (state.settled().equals(target)) {
      return;
    }
    List<String> left = new ArrayList<>(state.left());
    if (!state.settled().isEmpty() && !left.contains(state.settled())) {
      left.add(state.settled());
    }
    left.remove(target);
    save(
        new ReembeddingState(
            target, state.complete(), List.copyOf(left), state.target(), state.swaps()));
    LOG.info(
        "Partition {} of the window: all texts have vectors of version {}, {} of them new",
        partition,
        target,
        copied);
  }

  private void save(ReembeddingState newState) {
    state = newState;
    store.put(STATE, state.encode());
  }

  /** Lets go of vectors that nothing needs any more. */
  private void letGo() {
    if (!succession.isSettled(target)) {
      return;
    }
    if (!target.equals(barrierSent)) {
      copies.barrier(target);
      barrierSent = target;
    }
    if (!target.equals(barrierPassed)) {
      return;
    }
    if (letGoOfSome() && !state.complete().equals(target)) {
      save(
          new ReembeddingState(
              state.settled(), target, state.left(), state.target(), state.swaps()));
    }
  }

  /** Whether these were the last. */
  private boolean letGoOfSome() {
    List<Long> old = vectors.indexes().handles(succession::isSuperseded, LOOKS);
    for (long handle : old) {
      byte[] entry = entries.get(handle);
      // Without one under at-least-once, if a kill came between the changelogs of the two stores.
      if (entry == null || WindowEntry.decode(entry).copied().equals(mark)) {
        remove.accept(handle);
      } else {
        arrived.add(handle);
      }
    }
    return old.size() < LOOKS && arrived.isEmpty();
  }

  private boolean hasSuperseded() {
    return vectors.indexes().versions().stream().anyMatch(succession::isSuperseded);
  }
}
