package io.sentencestreams.app.topology;

import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.batch.Ticket;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.InFlightCodec;
import io.sentencestreams.schemas.InFlightEntry;
import io.sentencestreams.schemas.InvalidRecordException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Hands texts to the process-wide {@link MicroBatcher} and forwards what becomes of them, in the
 * order of arrival.
 *
 * <p>Kafka Streams takes a record as done when {@link #process} returns. Therefore a record enters
 * the in-flight store before it waits for its batch and leaves it when its result is forwarded:
 * whatever kills the process, the next owner of the task finds the record in the store and submits
 * it again in {@link #init}. Under exactly-once, leaving and forwarding are one transaction. Under
 * at-least-once they are not, so there a slot is emptied only after a commit that followed the
 * forwarding; otherwise the slot's tombstone could be acknowledged and the embedding be lost.
 *
 * <p>All methods run on the task's stream thread. A task that is suspended and resumed is closed
 * and initialized again on the same instance.
 */
final class MicroBatchProcessor implements Processor<byte[], TextRecord, byte[], byte[]> {
  private static final Duration FORWARD_INTERVAL = Duration.ofMillis(1);

  private final EmbeddingTopology.Settings settings;
  private final MicroBatcher batcher;
  private final WaitBudget waitBudget;
  private final InFlightBound bound;
  private final EarlyCommit earlyCommit;
  private final CommitWish commitWish;
  private final TopologyMetrics metrics;

  private ProcessorContext<byte[], byte[]> context;
  private InFlightSlots slots;
  private CommitSignal commits;
  private TextReader reader;
  private Serializer<EmbeddingRecord> serializer;
  private long nextSequence;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private long pendingBytes;
  private final Set<Coordinates> pendingSources = new HashSet<>();
  private final Deque<Forwarded> forwarded = new ArrayDeque<>();

  /** Offsets that the store held when the task was opened, whose replay may still come. */
  private final Map<TopicPartition, NavigableSet<Long>> restoredOffsets = new HashMap<>();

  private Cancellable punctuator;

  MicroBatchProcessor(
      EmbeddingTopology.Settings settings,
      MicroBatcher batcher,
      WaitBudget waitBudget,
      InFlightBound bound,
      EarlyCommit earlyCommit,
      TopologyMetrics metrics) {
    this.settings = settings;
    this.batcher = batcher;
    this.waitBudget = waitBudget;
    this.bound = bound;
    this.earlyCommit = earlyCommit;
    this.commitWish = new CommitWish(earlyCommit);
    this.metrics = metrics;
  }

  /** A slot to be emptied once more commits have completed than had at the forwarding. */
  private record Forwarded(int slot, long commits) {}

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    slots = new InFlightSlots(context.getStateStore(EmbeddingTopology.IN_FLIGHT_STORE));
    commits = context.getStateStore(EmbeddingTopology.COMMIT_SIGNAL);
    nextSequence = 0;
    try {
      reader = settings.readers().get();
      serializer = settings.serializers().get();
      for (InFlightSlots.Slot slot : slots.restore()) {
        resubmit(slot);
      }
      ensurePunctuator();
    } catch (RuntimeException e) {
      close(); // Kafka Streams does not close what failed to initialize
      throw e;
    }
  }

  @Override
  public void process(Record<byte[], TextRecord> record) {
    forwardDone();
    RecordMetadata metadata = context.recordMetadata().orElseThrow();
    Coordinates source = new Coordinates(metadata.topic(), metadata.partition(), metadata.offset());
    if (isReplay(source)) {
      metrics.replaySkipped();
      return;
    }
    if (bound.isReached(pending.size(), pendingBytes)) {
      awaitOldest();
    }
    TextRecord text = record.value();
    // Not under at-least-once: a record of its key that was forwarded may come again after a
    // restart, and must then find the tombstone behind it.
    if (text.isTombstone() && pending.isEmpty() && settings.exactlyOnce()) {
      forwardTombstone(record.key(), record.timestamp(), record.headers());
      commitWish.forwarded();
      ensurePunctuator();
      return;
    }
    byte[] stored =
        InFlightCodec.encode(
            new InFlightEntry(
                nextSequence++,
                source.topic(),
                source.partition(),
                source.offset(),
                record.timestamp(),
                record.key(),
                text.value(),
                record.headers()));
    Ticket ticket = text.isTombstone() ? null : submit(text, stored.length);
    int slot = slots.put(stored);
    metrics.arrived(stored.length);
    add(
        new Pending(
            slot,
            memory(text, stored.length),
            source,
            record.key(),
            record.headers(),
            record.timestamp(),
            text,
            ticket,
            null,
            System.nanoTime()));
    ensurePunctuator();
  }

  /**
   * Forwards and writes nothing: a clean stop and a revocation have committed already, so what were
   * written here would be in no commit.
   */
  @Override
  public void close() {
    if (punctuator != null) {
      punctuator.cancel();
      punctuator = null;
    }
    for (Pending waiting : pending) {
      bound.remove(waiting.bytes());
      if (waiting.ticket() != null) {
        waiting.ticket().cancel();
      }
    }
    metrics.dropped(pending.size());
    earlyCommit.left(pending.size());
    pending.clear();
    pendingBytes = 0;
    pendingSources.clear();
    restoredOffsets.clear();
    forwarded.clear();
    commitWish.drop();
    if (reader != null) {
      reader.close();
      reader = null;
    }
    if (serializer != null) {
      serializer.close();
      serializer = null;
    }
  }

  /**
   * Whether the store has or had this record: under at-least-once a record that was taken over from
   * the store is read again if its offset was not committed. Once a later offset of its partition
   * has come, its replay has passed.
   */
  private boolean isReplay(Coordinates source) {
    if (pendingSources.contains(source)) {
      return true;
    }
    TopicPartition partition = new TopicPartition(source.topic(), source.partition());
    NavigableSet<Long> restored = restoredOffsets.get(partition);
    if (restored == null) {
      return false;
    }
    restored.headSet(source.offset(), false).clear();
    boolean replay = restored.contains(source.offset());
    if (restored.isEmpty()) {
      restoredOffsets.remove(partition);
    }
    return replay;
  }

  private void resubmit(InFlightSlots.Slot slot) {
    InFlightEntry entry = slot.entry();
    nextSequence = Math.max(nextSequence, entry.sequence() + 1);
    Coordinates source = new Coordinates(entry.topic(), entry.partition(), entry.offset());
    TextRecord text = null;
    Ticket ticket = null;
    RuntimeException invalid = null;
    try {
      text = reader.read(source, entry.headers(), entry.key(), entry.value());
      if (!text.isTombstone()) {
        ticket = batcher.resubmit(text.text(), memory(text, 0));
      }
    } catch (InvalidRecordException e) {
      // It was valid when it was stored: the configuration has changed since.
      text = new TextRecord(entry.value(), null, null);
      invalid = e;
    }
    metrics.restored();
    restoredOffsets
        .computeIfAbsent(
            new TopicPartition(source.topic(), source.partition()), partition -> new TreeSet<>())
        .add(source.offset());
    add(
        new Pending(
            slot.number(),
            memory(text, 0),
            source,
            entry.key(),
            entry.headers(),
            entry.timestamp(),
            text,
            ticket,
            invalid,
            System.nanoTime()));
  }

  private Ticket submit(TextRecord text, int storedBytes) {
    long start = System.nanoTime();
    Ticket ticket = batcher.submit(text.text(), memory(text, storedBytes), waitBudget.left());
    waitBudget.spend(System.nanoTime() - start);
    return ticket;
  }

  /** Roughly what a record in flight occupies: as read, as text, and as stored. */
  private static int memory(TextRecord text, int storedBytes) {
    long value = text.value() == null ? 0 : text.value().length;
    long characters = text.text() == null ? 0 : text.text().length();
    long bytes = value + Character.BYTES * characters + storedBytes;
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /**
   * Waits for the record that all others of this task wait behind, so that they can be forwarded,
   * but no longer than the thread may.
   */
  private void awaitOldest() {
    Pending oldest = pending.peekFirst();
    if (oldest != null && !oldest.isDone()) {
      long start = System.nanoTime();
      oldest.ticket().await(waitBudget.left().toNanos());
      waitBudget.spend(System.nanoTime() - start);
    }
    forwardDone();
  }

  private void add(Pending waiting) {
    pending.addLast(waiting);
    pendingBytes += waiting.bytes();
    bound.add(waiting.bytes());
    pendingSources.add(waiting.source());
    earlyCommit.arrived();
  }

  private void punctuate(long now) {
    waitBudget.renew();
    forwardDone();
    commitWish.pursue(context);
    if (isIdle()) {
      // Each punctuation makes its task commit; an idle task is to be left alone.
      punctuator.cancel();
      punctuator = null;
    }
  }

  private boolean isIdle() {
    return pending.isEmpty() && forwarded.isEmpty() && !commitWish.isOpen();
  }

  private void ensurePunctuator() {
    if (punctuator == null && !isIdle()) {
      punctuator =
          context.schedule(FORWARD_INTERVAL, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }
  }

  private void forwardDone() {
    while (!forwarded.isEmpty() && forwarded.peekFirst().commits() < commits.commits()) {
      slots.free(forwarded.pollFirst().slot());
    }
    while (!pending.isEmpty() && pending.peekFirst().isDone()) {
      Pending done = pending.peekFirst();
      forward(done);
      pending.removeFirst();
      pendingBytes -= done.bytes();
      bound.remove(done.bytes());
      pendingSources.remove(done.source());
      earlyCommit.left(1);
      metrics.left(System.nanoTime() - done.arrivedNanos());
      if (settings.exactlyOnce()) {
        slots.free(done.slot());
        commitWish.forwarded();
      } else {
        forwarded.addLast(new Forwarded(done.slot(), commits.commits()));
      }
    }
  }

  private void forward(Pending done) {
    if (done.invalid() != null) {
      forwardDeadLetter(done, done.invalid());
    } else if (done.ticket() == null) {
      forwardTombstone(done.key(), done.timestamp(), done.headers());
    } else if (done.ticket().outcome() instanceof Outcome.Encoded encoded) {
      forwardEmbedding(done, encoded);
    } else if (done.ticket().outcome() instanceof Outcome.Rejected rejected) {
      forwardDeadLetter(done, rejected.reason());
    }
  }

  private void forwardEmbedding(Pending done, Outcome.Encoded encoded) {
    EmbeddingRecord embedding =
        new EmbeddingRecord(
            done.text().id(),
            encoded.vector(),
            encoded.model(),
            encoded.modelVersion(),
            encoded.tokens(),
            encoded.truncated(),
            done.source().topic(),
            done.source().partition(),
            done.source().offset(),
            done.timestamp(),
            settings.includeText() ? done.text().text() : null);
    byte[] value = serialize(embedding, done);
    long size = RecordSizes.of(done.key(), value, done.headers());
    if (size > settings.limits().outputBytes()) {
      forwardDeadLetter(
          done,
          new RecordTooLargeException(
              "the embedding takes "
                  + size
                  + " bytes and topic "
                  + settings.outputTopic()
                  + " takes "
                  + settings.limits().outputBytes()
                  + " at most; raise max.request.size and the topic's max.message.bytes, or leave"
                  + " the text out of the output"));
      return;
    }
    metrics.embedding();
    Record<byte[], byte[]> record =
        new Record<>(done.key(), value, done.timestamp(), done.headers());
    context.forward(record, EmbeddingTopology.EMBEDDINGS);
    if (settings.window() != null) {
      settings.window().forward(embedding, encoded.older(), done.text().text(), record, context);
    }
    if (settings.clusters() != null) {
      settings.clusters().forward(embedding, done.text().text(), record, context);
    }
  }

  /**
   * Kafka Streams takes some of Kafka's exceptions for its own, and those of a registry's client
   * are of that kind; wrapped they end the thread and abort the transaction, as they must.
   */
  private byte[] serialize(EmbeddingRecord embedding, Pending done) {
    try {
      return serializer.serialize(settings.outputTopic(), done.headers(), embedding);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "the embedding of " + done.source() + " cannot be serialized: " + e.getMessage(), e);
    }
  }

  private void forwardTombstone(byte[] key, long timestamp, Headers headers) {
    metrics.tombstone();
    context.forward(new Record<>(key, null, timestamp, headers), EmbeddingTopology.EMBEDDINGS);
  }

  private void forwardDeadLetter(Pending done, RuntimeException reason) {
    metrics.deadLetter(reason);
    context.forward(
        DeadLetters.of(
            done.key(),
            done.text().value(),
            done.headers(),
            done.timestamp(),
            done.source(),
            reason,
            settings.limits().deadLetterBytes()),
        EmbeddingTopology.DEAD_LETTERS);
  }
}
