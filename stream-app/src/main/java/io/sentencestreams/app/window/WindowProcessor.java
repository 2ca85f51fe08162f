package io.sentencestreams.app.window;

import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.Match;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of the window: compares what comes with what lies there, keeps what has its home
 * there, and lets go of what is too old.
 */
final class WindowProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(WindowProcessor.class);

  /** Entries that leave at one record's turn, at most, so that none takes long. */
  private static final int EXPIRED_AT_ONCE = 1000;

  /** Matches that are looked at for each pair that is reported. */
  private static final int MATCHES_PER_PAIR = 16;

  private final WindowSettings settings;
  private final WindowMetrics metrics;
  private ProcessorContext<byte[], byte[]> context;
  private VectorStore vectors;
  private KeyValueStore<Long, byte[]> entries;
  private KeyValueStore<String, byte[]> stateStore;
  private WindowState state;
  private boolean full;

  /** No entry has a smaller handle. */
  private long oldest;

  private long nextExpiry;

  WindowProcessor(WindowSettings settings, WindowMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    vectors = context.getStateStore(WindowTopology.VECTORS_STORE);
    entries = context.getStateStore(WindowTopology.ENTRIES_STORE);
    stateStore = context.getStateStore(WindowTopology.STATE_STORE);
    byte[] stored = stateStore.get(WindowTopology.STATE_KEY);
    oldest = 0;
    nextExpiry = 0;
    state = stored == null ? new WindowState() : WindowState.decode(stored);
    metrics.opened(context.taskId(), vectors.indexes());
  }

  @Override
  public void close() {
    if (context != null) {
      metrics.closed(context.taskId(), vectors.indexes());
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    WindowMessage message = WindowCodec.decodeMessage(record.value());
    WindowItem item = message.item();
    if (item.vector().length != settings.dimension()) { // from an instance with another model
      metrics.incomparable();
      return;
    }
    if (item.time() <= context.currentSystemTimeMs() + settings.grace().toMillis()) {
      state.clock().observe(item.time());
    }
    expire();
    // A probe was in time at its home, and this partition may be ahead of that one.
    if (message.kind() == WindowMessage.Kind.HOME && isLate(item.time())) {
      metrics.late();
    } else {
      report(message.kind(), item);
      if (message.kind() == WindowMessage.Kind.HOME) {
        keep(message);
      }
    }
    stateStore.put(WindowTopology.STATE_KEY, state.encode());
  }

  private boolean isLate(long time) {
    long now = state.clock().now();
    return now != EventClock.UNKNOWN && time < now - settings.grace().toMillis();
  }

  private void report(WindowMessage.Kind kind, WindowItem item) {
    List<Match> matches = new ArrayList<>();
    int most = settings.maxPairs();
    int enough = most * MATCHES_PER_PAIR;
    vectors
        .indexes()
        .search(
            item.modelVersion(),
            item.vector(),
            item.time(),
            (handle, time, similarity) -> {
              matches.add(new Match(handle, time, similarity));
              return matches.size() < enough;
            });
    if (matches.size() > most) {
      matches.sort(
          Comparator.comparingDouble((Match match) -> -match.similarity())
              .thenComparingLong(Match::handle));
      metrics.pairsLeftOut(matches.size() - most);
      matches.subList(most, matches.size()).clear();
    }
    for (Match match : matches) {
      byte[] stored = entries.get(match.handle());
      if (stored == null) {
        // Under at-least-once a kill can come between the changelogs of the two stores; the text
        // is read again then.
        vectors.delete(match.handle());
        continue;
      }
      WindowEntry entry = WindowEntry.decode(stored);
      if (!entry.item().isSameRecord(item)) { // read again, under at-least-once
        // The other's probe can have been here only if it was sent.
        boolean twice = kind == WindowMessage.Kind.PROBE && entry.probes();
        forward(PairMessage.of(item, entry.item(), match.similarity(), twice));
      }
    }
  }

  private void forward(PairMessage pair) {
    metrics.pair();
    context.forward(
        new Record<>(null, pair.encode(), recordTime(pair.b().time()), new RecordHeaders()),
        WindowTopology.TO_PAIRS);
  }

  /** A broker refuses records from the future, and event times may be; a message holds its own. */
  private long recordTime(long time) {
    return Math.min(time, context.currentSystemTimeMs());
  }

  private void keep(WindowMessage message) {
    WindowItem item = message.item();
    int[] probes = message.probes();
    long handle = state.nextHandle(item.time());
    oldest = Math.min(oldest, handle);
    vectors.put(handle, item.modelVersion(), item.id(), item.vector());
    entries.put(handle, new WindowEntry(item, message.text(), probes.length > 0).encode());
    if (probes.length > 0) {
      WindowMessage probe =
          new WindowMessage(WindowMessage.Kind.PROBE, probes, new int[0], item, "");
      metrics.probes(probes.length);
      context.forward(
          new Record<>(
              null, WindowCodec.encode(probe), recordTime(item.time()), new RecordHeaders()),
          WindowTopology.PROBES);
    }
    evict();
  }

  /** Lets go of what no text that still comes can be compared with; now and then is enough. */
  private void expire() {
    long now = state.clock().now();
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

  private void evict() {
    long surplus = state.entries() - settings.maxRecords();
    if (surplus > 0) {
      metrics.evicted(remove(Long.MAX_VALUE, (int) Math.min(surplus, EXPIRED_AT_ONCE)));
      if (!full) {
        LOG.warn(
            "Partition {} of the window is full at {} texts, so the oldest leave before their time and duplicates of them are missed: raise window.partition.max.records, or shorten window.ms",
            context.taskId().partition(),
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
      entries.delete(handle);
      vectors.delete(handle);
      state.removed();
    }
    return old.size();
  }
}
