package io.sentencestreams.app.window;

import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.schemas.DuplicateRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.io.BinaryDecoder;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Takes the pairs of all partitions of the window: drops those that come twice, and names the group
 * of each.
 */
final class GroupProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  /** There is no other. */
  private static final int PARTITION = 0;

  private static final int EXPIRED_AT_ONCE = 1000;

  /** How many times the length of the window, grace included, is remembered. */
  private static final int PATIENCE = 4;

  private final WindowSettings settings;
  private final WindowMetrics metrics;
  private final RunningPartitions running;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> seen;
  private KeyValueStore<String, byte[]> stateStore;
  private Groups groups;

  /** The farthest that a partition of the window has come. */
  private long now;

  private Serializer<DuplicateRecord> serializer;
  private long nextExpiry;
  private long expiredBefore;

  /**
   * Makes the one that a task runs.
   *
   * @param running told when its stores are whole: those of a task that is restored are not
   */
  GroupProcessor(WindowSettings settings, WindowMetrics metrics, RunningPartitions running) {
    this.settings = settings;
    this.metrics = metrics;
    this.running = running;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    seen = context.getStateStore(WindowTopology.SEEN_STORE);
    groups = new Groups(context.getStateStore(WindowTopology.GROUPS_STORE), settings.exactlyOnce());
    stateStore = context.getStateStore(WindowTopology.GROUPS_STATE_STORE);
    byte[] stored = stateStore.get(WindowTopology.STATE_KEY);
    now = stored == null ? EventClock.UNKNOWN : decodeLong("The clock of the groups", stored);
    nextExpiry = 0;
    expiredBefore = 0;
    serializer = settings.serializers().get();
    running.opened(PARTITION, this);
  }

  @Override
  public void close() {
    running.closed(PARTITION, this);
    if (serializer != null) {
      serializer.close();
      serializer = null;
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    PairMessage pair = PairMessage.decode(record.value());
    if (pair.clock() > now) {
      now = pair.clock();
      stateStore.put(WindowTopology.STATE_KEY, encodeLong(now));
    }
    expire();
    if ((pair.twice() || pair.often()) && !isFirst(pair)) {
      return;
    }
    Groups.Joined joined = groups.join(pair.a(), pair.b());
    DuplicateRecord duplicate =
        new DuplicateRecord(
            text(pair.a()),
            text(pair.b()),
            pair.similarity(),
            pair.b().modelVersion(),
            joined.group(),
            joined.merged());
    metrics.duplicate();
    byte[] key = joined.group().getBytes(StandardCharsets.UTF_8);
    RecordHeaders headers = new RecordHeaders();
    byte[] value = serializer.serialize(settings.duplicatesTopic(), headers, duplicate);
    // A broker refuses records from the future; the value has the times themselves.
    long time = Math.min(pair.b().time(), context.currentSystemTimeMs());
    context.forward(new Record<>(key, value, time, headers), WindowTopology.DUPLICATES);
  }

  /**
   * Whether a pair comes for the first time. Under at-least-once its record may be read again when
   * the pair was noted here and not written: it is the first still, which its offset tells.
   */
  private boolean isFirst(PairMessage pair) {
    long offset = context.recordMetadata().orElseThrow().offset();
    byte[] key = seenKey(pair);
    byte[] firstOffset = seen.get(key);
    if (firstOffset == null) {
      seen.put(key, encodeLong(offset));
      return true;
    }
    if (decodeLong("A pair that was seen", firstOffset) == offset) {
      return true;
    }
    if (!pair.often()) {
      seen.delete(key); // it comes twice at most
    }
    return false;
  }

  /** In order of the later text's time. */
  private static byte[] seenKey(PairMessage pair) {
    byte[] names = (pair.a().name() + "/" + pair.b().name()).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + names.length)
        .putLong(Math.max(0, pair.b().time()))
        .put(names)
        .array();
  }

  private void expire() {
    if (now == EventClock.UNKNOWN) {
      return;
    }
    // Partitions of the window move on at their own pace, so pairs may be later than any text.
    long before = now - settings.window().plus(settings.grace()).multipliedBy(PATIENCE).toMillis();
    if (before < nextExpiry || before <= 0) {
      return;
    }
    List<byte[]> old = new ArrayList<>();
    byte[] start = ByteBuffer.allocate(Long.BYTES).putLong(expiredBefore).array();
    byte[] end = ByteBuffer.allocate(Long.BYTES).putLong(before).array();
    try (KeyValueIterator<byte[], byte[]> range = seen.range(start, end)) {
      while (old.size() < EXPIRED_AT_ONCE && range.hasNext()) {
        KeyValue<byte[], byte[]> entry = range.next();
        old.add(entry.key);
      }
    }
    old.forEach(seen::delete);
    if (old.size() < EXPIRED_AT_ONCE) {
      expiredBefore = before;
    }
    boolean more = groups.expire(before, EXPIRED_AT_ONCE) || old.size() == EXPIRED_AT_ONCE;
    nextExpiry = more ? before : before + settings.expiryMillis();
  }

  private static byte[] encodeLong(long value) {
    return WindowCodec.encode(0, encoder -> encoder.writeLong(value));
  }

  private static long decodeLong(String what, byte[] bytes) {
    return WindowCodec.decode(what, bytes, BinaryDecoder::readLong);
  }

  private static DuplicateRecord.Text text(WindowItem item) {
    return new DuplicateRecord.Text(
        item.id(), item.topic(), item.partition(), item.offset(), item.time());
  }
}
