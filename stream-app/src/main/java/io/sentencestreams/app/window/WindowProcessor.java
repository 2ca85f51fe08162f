package io.sentencestreams.app.window;

import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.MatchVisitor;
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

  /** Null where first occurrences are not wanted. */
  private Firsts firsts;

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
    firsts = settings.wantsFirsts() ? firsts() : null;
    metrics.opened(context.taskId(), vectors.indexes());
  }

  private Firsts firsts() {
    return new Firsts(
        context.getStateStore(WindowTopology.FIRSTS_STORE),
        handle -> {
          byte[] entry = entries.get(handle);
          return entry == null ? null : WindowEntry.decode(entry);
        },
        embedding -> context.forward(WindowTopology.first(embedding), WindowTopology.UNIQUE),
        metrics);
  }

  @Override
  public void close() {
    if (context != null) {
      metrics.closed(context.taskId(), vectors.indexes());
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    WindowCodec.decode(record.value(), this::process, this::answered);
  }

  private void answered(Answer answer) {
    if (firsts != null) {
      firsts.answered(answer);
    }
  }

  private void process(WindowMessage message) {
    WindowItem item = message.item();
    if (item.vector().length != settings.dimension()) { // from an instance with another model
      metrics.incomparable();
      letBy(message);
      return;
    }
    if (item.time() <= context.currentSystemTimeMs() + settings.grace().toMillis()) {
      state.clock().observe(item.time());
    }
    expire();
    // A probe was in time at its home, and this partition may be ahead of that one.
    if (message.kind() == WindowMessage.Kind.HOME && isLate(item.time())) {
      metrics.late();
      letBy(message);
    } else {
      boolean preceded = report(message.kind(), item);
      if (message.kind() == WindowMessage.Kind.HOME) {
        keep(message, preceded);
      } else if (message.question() != null) {
        answer(message, preceded);
      }
    }
    stateStore.put(WindowTopology.STATE_KEY, state.encode());
  }

  /** A text that is not compared: better that it comes twice than that it is missed. */
  private void letBy(WindowMessage message) {
    if (firsts != null && message.kind() == WindowMessage.Kind.HOME) {
      firsts.give(message.embedding());
    } else if (message.question() != null) {
      answer(message, false);
    }
  }

  private void answer(WindowMessage probe, boolean preceded) {
    WindowMessage.Question question = probe.question();
    send(
        WindowCodec.encode(
            new Answer(
                question.home(),
                context.taskId().partition(),
                question.handle(),
                probe.item(),
                preceded)),
        probe.item().time(),
        WindowTopology.PROBES);
  }

  private boolean isLate(long time) {
    long now = state.clock().now();
    return now != EventClock.UNKNOWN && time < now - settings.grace().toMillis();
  }

  /** Whether a near-duplicate is before it; false where nobody wants to know. */
  private boolean report(WindowMessage.Kind kind, WindowItem item) {
    List<Match> matches = new ArrayList<>();
    int most = settings.maxPairs();
    int enough = most * MATCHES_PER_PAIR;
    search(
        item,
        (handle, time, similarity) -> {
          matches.add(new Match(handle, time, similarity));
          return matches.size() < enough;
        });
    boolean preceded =
        firsts != null
            && firsts.isPreceded(
                item, matches, matches.size() < enough ? null : visitor -> search(item, visitor));
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
        PairMessage pair = PairMessage.of(item, entry.item(), match.similarity(), twice);
        metrics.pair();
        send(pair.encode(), pair.b().time(), WindowTopology.TO_PAIRS);
      }
    }
    return preceded;
  }

  private void search(WindowItem item, MatchVisitor visitor) {
    vectors.indexes().search(item.modelVersion(), item.vector(), item.time(), visitor);
  }

  private void send(byte[] message, long time, String child) {
    // A broker refuses records from the future, and event times may be; a message holds its own.
    long recordTime = Math.min(time, context.currentSystemTimeMs());
    context.forward(new Record<>(null, message, recordTime, new RecordHeaders()), child);
  }

  private void keep(WindowMessage message, boolean preceded) {
    WindowItem item = message.item();
    int[] probes = message.probes();
    long handle = state.nextHandle(item.time());
    oldest = Math.min(oldest, handle);
    vectors.put(handle, item.modelVersion(), item.id(), item.vector());
    entries.put(
        handle, new WindowEntry(item, message.text(), probes.length > 0, preceded).encode());
    boolean asks = firsts != null && !preceded;
    if (asks) {
      firsts.add(handle, item, probes, message.embedding());
    } else if (preceded) {
      metrics.repeat();
    }
    if (probes.length > 0) {
      WindowMessage.Question question =
          asks ? new WindowMessage.Question(context.taskId().partition(), handle) : null;
      metrics.probes(probes.length);
      send(
          WindowCodec.encode(WindowMessage.probe(probes, item, question)),
          item.time(),
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
            "Partition {} of the window is full at {} texts, so the oldest leave before their time"
                + " and duplicates of them are missed: raise window.partition.max.records, or"
                + " shorten window.ms",
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
      if (firsts != null) {
        firsts.forget(handle);
      }
      state.removed();
    }
    return old.size();
  }
}
