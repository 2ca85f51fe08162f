package io.sentencestreams.app.window;

import io.sentencestreams.model.window.EventClock;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.avro.io.BinaryDecoder;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * How far event time has come at a partition of the window: as far as in the input's slowest
 * partition, so that none is late because another is read faster (a watermark, in the words of
 * Akidau et al.: The Dataflow Model, 2015).
 *
 * <p>Each partition of the input has a clock of its own, which few records with a wrong time do not
 * move ({@link EventClock}). One that has not moved for a while, because nothing comes, or always
 * the same time, holds up the others no longer. That while is not measured by this process's clock,
 * or a replay would come to another end: records carry when they were sent, and only the time
 * counts in which some come, so that a stop of the stream makes no partition idle. In the first
 * such while there is no time yet: partitions may be there that have not been heard.
 *
 * <p>{@link #own} is that time, by which it is told what is late. {@link #now}, by which entries
 * leave, also waits for the other partitions of the window: a probe tells the {@link #own} of its
 * home. Let T be in time at home, X within the window's length before it, and grace g. Then T &gt;=
 * own - g there, and at the probe now &lt;= own: so X &gt;= now - window - g, and X has not left.
 */
final class SourceClocks {
  private static final String SOURCE = "source/";
  private static final String PEER = "peer/";

  /** Key of the entry that {@link #now(byte[])} reads. */
  static final String ACTIVITY = "activity";

  /** Of so many parts of the patience a pause between two records counts as one at most. */
  private static final int PAUSES = 8;

  private final KeyValueStore<String, byte[]> store;
  private final long patience;
  private final Map<String, Source> sources = new HashMap<>();
  private final Map<Integer, Peer> peers = new HashMap<>();

  /** What {@link #save} has to write. */
  private final Set<String> changedSources = new HashSet<>();

  private final Set<Integer> changedPeers = new HashSet<>();

  private long own = EventClock.UNKNOWN;
  private long now = EventClock.UNKNOWN;

  /** Milliseconds in which records came. */
  private long activity;

  private long lastSent = EventClock.UNKNOWN;

  /** A partition of the input, and when it last moved, in terms of {@link #activity}. */
  private static final class Source {
    private final EventClock clock = new EventClock(EventClock.MAJORITY);
    private long moved;

    Source(long moved) {
      this.moved = moved;
    }
  }

  /** Another partition of the window. */
  private record Peer(long own, long moved) {}

  /**
   * Goes on where the store says.
   *
   * @param patience how long a clock that does not move is waited for, in milliseconds
   */
  SourceClocks(KeyValueStore<String, byte[]> store, long patience) {
    this.store = store;
    this.patience = patience;
    try (KeyValueIterator<String, byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> entry = all.next();
        if (entry.key.startsWith(SOURCE)) {
          sources.put(entry.key.substring(SOURCE.length()), decodeSource(entry.value));
        } else if (entry.key.startsWith(PEER)) {
          int partition = Integer.parseInt(entry.key.substring(PEER.length()));
          peers.put(partition, decodePeer(entry.value));
        } else if (entry.key.equals(ACTIVITY)) {
          decodeActivity(entry.value);
        }
      }
    }
  }

  /** Event time of the input, as far as it comes here, or {@link EventClock#UNKNOWN}. */
  long own() {
    return own;
  }

  /** Event time of the input and of other partitions of the window, or the same. */
  long now() {
    return now;
  }

  /**
   * Takes note of a text at its home.
   *
   * @param sent when it was sent here, by the clock of who sent it
   */
  void observe(WindowItem item, long sent) {
    active(sent);
    String name = item.topic() + "-" + item.partition();
    Source source = sources.computeIfAbsent(name, key -> new Source(activity));
    long before = source.clock.now();
    source.clock.observe(item.time());
    // While it has told no time, each record brings it nearer to that.
    if (source.clock.now() > before || source.clock.now() == EventClock.UNKNOWN) {
      source.moved = activity;
    }
    changedSources.add(name);
    advance();
  }

  /**
   * Takes note of a probe.
   *
   * @param home the partition that it comes from
   * @param homesOwn what was {@link #own} there
   * @param sent when it was sent here, by the clock of who sent it
   */
  void observe(int home, long homesOwn, long sent) {
    active(sent);
    Peer peer = peers.get(home);
    if (peer == null || homesOwn > peer.own()) {
      peers.put(home, new Peer(homesOwn, activity));
      changedPeers.add(home);
    }
    advance();
  }

  /** Writes to the store what has changed. */
  void save() {
    changedSources.forEach(name -> store.put(SOURCE + name, encode(sources.get(name))));
    changedSources.clear();
    changedPeers.forEach(home -> store.put(PEER + home, encode(peers.get(home))));
    changedPeers.clear();
    store.put(ACTIVITY, encodeActivity());
  }

  private void active(long sent) {
    if (lastSent == EventClock.UNKNOWN || sent < lastSent - patience) {
      lastSent = sent; // some machine's clock was ahead and has been set
    } else if (sent > lastSent) {
      activity += Math.min(sent - lastSent, Math.max(1, patience / PAUSES));
      lastSent = sent;
    }
  }

  private void advance() {
    if (activity < patience) {
      return;
    }
    // One that is new and tells no time yet is UNKNOWN, the least of all: it is waited for too.
    long slowest = Long.MAX_VALUE;
    for (Source source : sources.values()) {
      if (isWaitedFor(source.moved)) {
        slowest = Math.min(slowest, source.clock.now());
      }
    }
    if (slowest != Long.MAX_VALUE) {
      own = Math.max(own, slowest);
    }
    slowest = own;
    for (Peer peer : peers.values()) {
      if (isWaitedFor(peer.moved())) {
        slowest = Math.min(slowest, peer.own());
      }
    }
    now = Math.max(now, slowest);
  }

  private boolean isWaitedFor(long moved) {
    return activity - moved <= patience;
  }

  private static byte[] encode(Source source) {
    return WindowCodec.encode(
        0,
        encoder -> {
          for (long value : source.clock.state()) {
            encoder.writeLong(value);
          }
          encoder.writeLong(source.moved);
        });
  }

  private static Source decodeSource(byte[] bytes) {
    return WindowCodec.decode(
        "A clock of the window",
        bytes,
        decoder -> {
          Source source = new Source(0);
          long[] state = source.clock.state();
          for (int i = 0; i < state.length; i++) {
            state[i] = decoder.readLong();
          }
          source.clock.restore(state);
          source.moved = decoder.readLong();
          return source;
        });
  }

  private static byte[] encode(Peer peer) {
    return longs(peer.own(), peer.moved());
  }

  private static Peer decodePeer(byte[] bytes) {
    return WindowCodec.decode(
        "A clock of the window",
        bytes,
        decoder -> new Peer(decoder.readLong(), decoder.readLong()));
  }

  private byte[] encodeActivity() {
    return longs(own, now, activity, lastSent);
  }

  /**
   * What {@link #now()} was when an entry was stored.
   *
   * @param stored under {@link #ACTIVITY}; null if nothing was
   */
  static long now(byte[] stored) {
    return stored == null ? EventClock.UNKNOWN : readActivity(stored)[1];
  }

  private static long[] readActivity(byte[] bytes) {
    return WindowCodec.decode("The clock of the window", bytes, decoder -> longs(decoder));
  }

  private void decodeActivity(byte[] bytes) {
    long[] read = readActivity(bytes);
    own = read[0];
    now = read[1];
    activity = read[2];
    lastSent = read[3];
  }

  private static long[] longs(BinaryDecoder decoder) throws IOException {
    long[] read = new long[4];
    for (int i = 0; i < read.length; i++) {
      read[i] = decoder.readLong();
    }
    return read;
  }

  private static byte[] longs(long... values) {
    return WindowCodec.encode(
        0,
        encoder -> {
          for (long value : values) {
            encoder.writeLong(value);
          }
        });
  }
}
