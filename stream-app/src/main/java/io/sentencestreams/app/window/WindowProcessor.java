package io.sentencestreams.app.window;

import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.topology.CommitSignal;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.MatchVisitor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
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
  /** Texts that a copy is checked against in the store, for each match that is looked at. */
  private static final int LOOKS_PER_MATCH = 4;

  private static final int MATCHES_PER_PAIR = 16;

  private final WindowSettings settings;
  private final WindowMetrics metrics;

  /** Null where the model stays. */
  private final Succession succession;

  private ProcessorContext<byte[], byte[]> context;
  private VectorStore vectors;
  private KeyValueStore<Long, byte[]> entries;
  private SourceClocks clocks;
  private PairBudget budget;

  /** Null under exactly-once, where stores and offsets are committed together. */
  private CommitSignal commits;

  private long commitsSeen;
  private long lastOffset;

  /** The time as of the last commit. */
  private long settledNow;

  /** Null where first occurrences are not wanted. */
  private Firsts firsts;

  /** Null where the model stays. */
  private Reembedding reembedding;

  private Cancellable punctuator;
  private boolean busy;

  private boolean full;

  /** No entry has a smaller handle. */
  private long oldest;

  private long nextExpiry;

  WindowProcessor(WindowSettings settings, WindowMetrics metrics, Succession succession) {
    this.settings = settings;
    this.metrics = metrics;
    this.succession = succession;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    vectors = context.getStateStore(WindowTopology.VECTORS_STORE);
    entries = context.getStateStore(WindowTopology.ENTRIES_STORE);
    oldest = 0;
    nextExpiry = 0;
    KeyValueStore<String, byte[]> state = context.getStateStore(WindowTopology.STATE_STORE);
    clocks = new SourceClocks(state, settings.idle().toMillis());
    budget = new PairBudget(state, settings.pairsPerSecond());
    commits = settings.exactlyOnce() ? null : context.getStateStore(WindowTopology.COMMIT_SIGNAL);
    commitsSeen = 0;
    settledNow = clocks.now();
    firsts = settings.wantsFirsts() ? firsts() : null;
    metrics.opened(context.taskId(), vectors.indexes(), firsts);
    vectors.indexes().open();
    if (succession != null) {
      reembedding = reembedding();
      schedule();
    }
  }

  private Reembedding reembedding() {
    return new Reembedding(
        succession,
        context.taskId().partition(),
        vectors,
        entries,
        context.getStateStore(WindowTopology.VERSIONS_STORE),
        handle -> firsts != null && firsts.isPending(handle),
        this::remove,
        new Reembedding.Copies() {
          @Override
          public boolean send(
              long handle, WindowEntry entry, List<String> compared, Outcome.Encoded encoded) {
            return sendCopy(handle, entry, compared, encoded);
          }

          @Override
          public void barrier(String version) {
            int self = context.taskId().partition();
            WindowProcessor.this.send(
                WindowCodec.encode(WindowMessage.barrier(self, version)), WindowTopology.PROBES);
          }
        },
        commits == null ? null : commits::commits,
        metrics);
  }

  private void schedule() {
    if (punctuator != null) {
      punctuator.cancel();
    }
    punctuator =
        context.schedule(
            busy ? Reembedding.BUSY_PAUSE : Reembedding.IDLE_PAUSE,
            PunctuationType.WALL_CLOCK_TIME,
            now -> {
              reembedding.work();
              if (reembedding.isBusy() != busy) {
                busy = !busy;
                schedule();
              }
            });
  }

  private boolean sendCopy(
      long handle, WindowEntry entry, List<String> compared, Outcome.Encoded encoded) {
    if (encoded.vector().length != settings.dimension()
        || FixedPointVector.isZero(encoded.vector())) {
      return false;
    }
    short[] vector = FixedPointVector.of(encoded.vector());
    WindowItem item = entry.item().with(encoded.modelVersion(), vector).comparedIn(compared);
    boolean repeat = entry.repeat() || (firsts != null && firsts.isDropped(handle));
    WindowMessage copy =
        WindowMessage.copy(settings.router().route(vector), item, entry.text(), repeat);
    send(WindowTopology.fitting(copy, settings), WindowTopology.PROBES);
    return true;
  }

  private Firsts firsts() {
    return new Firsts(
        context.getStateStore(WindowTopology.FIRSTS_STORE),
        this::entry,
        embedding -> context.forward(WindowTopology.first(embedding), WindowTopology.UNIQUE),
        settings.exactlyOnce(),
        metrics);
  }

  @Override
  public void close() {
    if (punctuator != null) {
      punctuator.cancel();
      punctuator = null;
      busy = false;
    }
    if (reembedding != null) {
      reembedding.stop();
      reembedding = null;
    }
    if (context != null) {
      vectors.indexes().shut();
      metrics.closed(context.taskId(), vectors.indexes());
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    if (commits != null && commits.commits() > commitsSeen) {
      commitsSeen = commits.commits();
      committed();
    }
    long offset = context.recordMetadata().orElseThrow().offset();
    WindowCodec.decode(
        record.value(),
        message -> process(message, offset, record.timestamp()),
        answer -> answered(answer, offset));
    lastOffset = offset;
    if (settings.exactlyOnce()) {
      save();
    }
  }

  /**
   * Under at-least-once records come again that stores know already. Read again, a text must not be
   * late that was not, nor may that have left which it was compared with: so clocks are saved, and
   * entries leave, as of the last commit.
   */
  private void committed() {
    save();
    settledNow = clocks.now();
    if (firsts != null) {
      firsts.committed(lastOffset);
    }
  }

  private void save() {
    clocks.save();
    budget.save();
  }

  private void answered(Answer answer, long offset) {
    if (firsts != null) {
      firsts.answered(answer, offset);
    }
  }

  private WindowEntry entry(long handle) {
    byte[] entry = entries.get(handle);
    return entry == null ? null : WindowEntry.decode(entry);
  }

  private void process(WindowMessage given, long offset, long sent) {
    boolean follows = reembedding != null && given.kind() == WindowMessage.Kind.HOME;
    WindowMessage message = follows ? given.withItem(reembedding.asItComes(given.item())) : given;
    if (message.kind() == WindowMessage.Kind.BARRIER) {
      if (reembedding != null) {
        reembedding.passed(message.item().modelVersion());
      }
      return;
    }
    WindowItem item = message.item();
    if (item.vector().length != settings.dimension()) { // from an instance with another model
      metrics.incomparable();
      letBy(message);
      return;
    }
    if (message.kind().isOfCopy()) {
      processCopy(message, offset, sent);
      return;
    }
    observe(message, sent);
    expire();
    // A probe was in time at its home.
    if (message.kind() == WindowMessage.Kind.HOME && isLate(item.time())) {
      metrics.late();
      letBy(message);
    } else {
      boolean preceded = report(message, sent);
      if (message.kind() == WindowMessage.Kind.HOME) {
        keep(message, Handles.of(item.time(), offset), preceded);
      } else if (message.origin().asks()) {
        answer(message, preceded);
      }
    }
  }

  /** A text that was here, or elsewhere, with a vector of a newer model. */
  private void processCopy(WindowMessage copy, long offset, long sent) {
    WindowItem item = copy.item();
    expire();
    boolean isHome = copy.kind() == WindowMessage.Kind.COPY;
    if (hasLeft(item.time())) {
      return;
    }
    if (isHome && isKept(item, Handles.of(item.time(), offset))) {
      return; // sent twice, under at-least-once, or gone back to a model that it was left with
    }
    report(copy, sent);
    if (isHome) {
      put(copy, Handles.of(item.time(), offset), copy.repeat());
      if (copy.probes().length > 0) {
        metrics.probes(copy.probes().length);
        send(WindowCodec.encode(copy.probeOfCopy()), WindowTopology.PROBES);
      }
      evict();
    }
  }

  /** Whether a text is here already, under another handle. */
  private boolean isKept(WindowItem item, long handle) {
    boolean[] found = {false};
    search(
        item,
        item.time(),
        item.time(),
        (other, time, similarity) -> {
          WindowEntry entry = other == handle ? null : entry(other);
          found[0] = entry != null && entry.item().isSameRecord(item);
          return !found[0];
        });
    return found[0];
  }

  private boolean hasLeft(long time) {
    long now = settings.exactlyOnce() ? clocks.now() : settledNow;
    return now != EventClock.UNKNOWN
        && time < now - settings.window().toMillis() - settings.grace().toMillis();
  }

  private void observe(WindowMessage message, long sent) {
    if (message.kind() == WindowMessage.Kind.PROBE) {
      clocks.observe(message.origin().home(), message.origin().clock(), sent);
    } else if (message.item().time() <= sent + settings.grace().toMillis()) {
      clocks.observe(message.item(), sent);
    }
  }

  /** A text that is not compared: better that it comes twice than that it is missed. */
  private void letBy(WindowMessage message) {
    if (message.kind() == WindowMessage.Kind.PROBE) {
      if (message.origin().asks()) {
        answer(message, false);
      }
    } else if (wantsVerdict(message)) {
      firsts.give(message.embedding());
    }
  }

  /** Not on a text that an instance without the topic of first occurrences has sent. */
  private boolean wantsVerdict(WindowMessage message) {
    return firsts != null && message.embedding().length > 0;
  }

  private void answer(WindowMessage probe, boolean preceded) {
    Answer answer =
        new Answer(
            probe.origin().home(),
            context.taskId().partition(),
            probe.origin().handle(),
            probe.item(),
            preceded);
    send(WindowCodec.encode(answer), WindowTopology.PROBES);
  }

  private boolean isLate(long time) {
    long now = clocks.own();
    return now != EventClock.UNKNOWN && time < now - settings.grace().toMillis();
  }

  /** Whether a near-duplicate is before it; false where nobody wants to know. */
  private boolean report(WindowMessage message, long sent) {
    WindowItem item = message.item();
    boolean isCopy = message.kind().isOfCopy();
    List<Match> matches = new ArrayList<>();
    int most = settings.maxPairs();
    int enough = most * MATCHES_PER_PAIR;
    int[] looks = {enough * LOOKS_PER_MATCH};
    search(
        message,
        (handle, time, similarity) -> {
          if (!isCopy || isNewTo(item, handle)) {
            matches.add(new Match(handle, time, similarity));
          }
          return matches.size() < enough && --looks[0] > 0;
        });
    if (looks[0] <= 0 && matches.size() < enough) {
      LOG.warn(
          "Partition {} of the window: a text that was encoded again is near more than {} others,"
              + " and was checked against those only: pairs with texts of another version may be"
              + " missed",
          context.taskId().partition(),
          enough * LOOKS_PER_MATCH);
    }
    boolean preceded =
        firsts != null
            && !isCopy
            && firsts.isPreceded(
                item,
                matches,
                matches.size() < enough ? null : visitor -> search(message, visitor));
    // The text itself may be among them, under at-least-once.
    int allowed = budget.take(Math.min(matches.size(), most), sent);
    if (matches.size() > allowed) {
      matches.sort(
          Comparator.comparingDouble((Match match) -> -match.similarity())
              .thenComparingLong(Match::handle));
      metrics.pairsLeftOut(matches.size() - allowed);
      matches.subList(allowed, matches.size()).clear();
    }
    for (Match match : matches) {
      WindowEntry entry = entry(match.handle());
      if (entry == null) {
        // Under at-least-once a kill can come between the changelogs of the two stores; the text
        // is read again then.
        vectors.delete(match.handle());
        continue;
      }
      if (!entry.item().isSameRecord(item)) { // read again, under at-least-once
        // The other's probe can have been here only if it was sent.
        boolean twice = message.kind() == WindowMessage.Kind.PROBE && entry.probes();
        WindowItem compared = item.with(entry.item().modelVersion(), item.vector());
        metrics.pair();
        send(
            PairMessage.of(
                    compared,
                    entry.item(),
                    match.similarity(),
                    twice,
                    message.older() != null,
                    clocks.now())
                .encode(),
            WindowTopology.TO_PAIRS);
      }
    }
    return preceded;
  }

  /** Whether a copy has not met a text before. */
  private boolean isNewTo(WindowItem copy, long handle) {
    WindowEntry entry = entry(handle);
    return entry != null && !entry.item().meetsElsewhere(copy);
  }

  /** In each version that it has a vector of. */
  private void search(WindowMessage message, MatchVisitor visitor) {
    WindowItem item = message.item();
    boolean[] goesOn = {true};
    search(
        item,
        (handle, time, similarity) -> {
          goesOn[0] = visitor.match(handle, time, similarity);
          return goesOn[0];
        });
    WindowMessage.Older older = message.older();
    if (older != null
        && goesOn[0]
        && !older.modelVersion().equals(item.modelVersion())
        && older.vector().length == settings.dimension()) {
      search(item.with(older.modelVersion(), older.vector()), visitor);
    }
  }

  private void search(WindowItem item, MatchVisitor visitor) {
    long millis = settings.window().toMillis();
    search(item, item.time() - millis, item.time() + millis, visitor);
  }

  private void search(WindowItem item, long from, long to, MatchVisitor visitor) {
    vectors.indexes().search(item.modelVersion(), item.vector(), from, to, visitor);
  }

  /** A message holds its own event time; the record's is when it was sent. */
  private void send(byte[] message, String child) {
    context.forward(
        new Record<>(null, message, context.currentSystemTimeMs(), new RecordHeaders()), child);
  }

  /**
   * Puts a text into the stores.
   *
   * @return the entry that was there, under at-least-once, if it is the same record's; else null
   */
  private WindowEntry put(WindowMessage message, long handle, boolean repeat) {
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
    if (reembedding != null) {
      reembedding.kept(handle, item);
    }
    return isAgain ? before : null;
  }

  private void keep(WindowMessage message, long handle, boolean preceded) {
    WindowItem item = message.item();
    int[] probes = message.probes();
    WindowEntry before = put(message, handle, preceded);
    boolean asks;
    if (before != null) {
      asks = wantsVerdict(message) && firsts.addAgain(handle, before, probes, message.embedding());
    } else {
      asks = wantsVerdict(message) && !preceded;
      if (asks) {
        firsts.add(handle, item, probes, message.embedding());
      } else if (preceded) {
        metrics.repeat();
      }
    }
    if (probes.length > 0) {
      WindowMessage.Origin origin =
          new WindowMessage.Origin(
              context.taskId().partition(),
              clocks.own(),
              asks ? handle : WindowMessage.Origin.NO_QUESTION);
      metrics.probes(probes.length);
      send(
          WindowCodec.encode(WindowMessage.probe(probes, item, message.older(), origin)),
          WindowTopology.PROBES);
    }
    evict();
  }

  /** Lets go of what no text that still comes can be compared with; now and then is enough. */
  private void expire() {
    long now = settings.exactlyOnce() ? clocks.now() : settledNow;
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
    if (vectors.indexes().size() <= settings.maxRecords()) {
      return;
    }
    // While a model takes over from another, texts are here with vectors of both.
    int most = succession == null ? 1 : 2;
    long versions = Math.max(1, Math.min(most, vectors.indexes().versions().size()));
    long surplus = vectors.indexes().size() - versions * settings.maxRecords();
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
      remove(handle);
    }
    if (firsts != null && !old.isEmpty()) {
      firsts.forgetPending(oldest);
    }
    return old.size();
  }

  private void remove(long handle) {
    entries.delete(handle);
    vectors.delete(handle);
    if (firsts != null) {
      firsts.forget(handle);
    }
  }
}
