package io.sentencestreams.app.window;

import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.topology.CommitSignal;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.FixedPointVector;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One partition of the window: compares what comes with what lies there, keeps what has its home
 * there, and lets go of what is too old.
 */
final class WindowProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  private final WindowSettings settings;
  private final WindowMetrics metrics;

  /** Null where the model stays. */
  private final Succession succession;

  private ProcessorContext<byte[], byte[]> context;
  private WindowContents contents;
  private PairSearch pairs;
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

  WindowProcessor(WindowSettings settings, WindowMetrics metrics, Succession succession) {
    this.settings = settings;
    this.metrics = metrics;
    this.succession = succession;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    int partition = context.taskId().partition();
    contents =
        new WindowContents(
            settings,
            metrics,
            partition,
            context.getStateStore(WindowTopology.VECTORS_STORE),
            context.getStateStore(WindowTopology.ENTRIES_STORE));
    KeyValueStore<String, byte[]> state = context.getStateStore(WindowTopology.STATE_STORE);
    clocks = new SourceClocks(state, settings.idle().toMillis());
    budget = new PairBudget(state, settings.pairsPerSecond());
    commits = settings.exactlyOnce() ? null : context.getStateStore(WindowTopology.COMMIT_SIGNAL);
    commitsSeen = 0;
    settledNow = clocks.now();
    firsts = settings.wantsFirsts() ? firsts() : null;
    contents.tell(firsts);
    pairs =
        new PairSearch(
            settings,
            metrics,
            partition,
            contents,
            clocks,
            budget,
            firsts,
            pair -> send(pair, WindowTopology.TO_PAIRS));
    metrics.opened(context.taskId(), contents.vectors().indexes(), firsts);
    contents.vectors().indexes().open();
    if (succession != null) {
      reembedding = reembedding();
      schedule();
    }
  }

  private Reembedding reembedding() {
    return new Reembedding(
        succession,
        context.taskId().partition(),
        contents.vectors(),
        contents.entries(),
        context.getStateStore(WindowTopology.VERSIONS_STORE),
        handle -> firsts != null && firsts.isPending(handle),
        contents::remove,
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
        contents::entry,
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
      contents.vectors().indexes().shut();
      metrics.closed(context.taskId(), contents.vectors().indexes());
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
    contents.expire(now());
    // A probe was in time at its home.
    if (message.kind() == WindowMessage.Kind.HOME && isLate(item.time())) {
      metrics.late();
      letBy(message);
    } else {
      boolean preceded = pairs.report(message, sent);
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
    contents.expire(now());
    boolean isHome = copy.kind() == WindowMessage.Kind.COPY;
    if (hasLeft(item.time())) {
      return;
    }
    if (isHome && contents.isKept(item, Handles.of(item.time(), offset))) {
      return; // sent twice, under at-least-once, or gone back to a model that it was left with
    }
    pairs.report(copy, sent);
    if (isHome) {
      put(copy, Handles.of(item.time(), offset), copy.repeat());
      if (copy.probes().length > 0) {
        metrics.probes(copy.probes().length);
        send(WindowCodec.encode(copy.probeOfCopy()), WindowTopology.PROBES);
      }
      contents.evict(succession != null);
    }
  }

  /** The window's time, as of the last commit where records may come again. */
  private long now() {
    return settings.exactlyOnce() ? clocks.now() : settledNow;
  }

  private boolean hasLeft(long time) {
    long now = now();
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

  /** A message holds its own event time; the record's is when it was sent. */
  private void send(byte[] message, String child) {
    context.forward(
        new Record<>(null, message, context.currentSystemTimeMs(), new RecordHeaders()), child);
  }

  /** The entry that was there, under at-least-once, if it is the same record's; else null. */
  private WindowEntry put(WindowMessage message, long handle, boolean repeat) {
    WindowEntry before = contents.put(message, handle, repeat);
    if (reembedding != null) {
      reembedding.kept(handle, message.item());
    }
    return before;
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
    contents.evict(succession != null);
  }
}
