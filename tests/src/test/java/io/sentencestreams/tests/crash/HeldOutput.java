package io.sentencestreams.tests.crash;

import static net.bytebuddy.matcher.ElementMatchers.named;

import java.util.Map;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Brings the process to the moment {@link CrashPoint#CHANGELOG_ACKNOWLEDGED}: the producer sends
 * what goes to the changelog and keeps the embeddings back, as a partition leader that does not
 * answer would make it do, and the process ends when the whole changelog is acknowledged.
 *
 * <p>Embeddings are held back from a commit on that left records in flight: these records' offsets
 * are committed, so from there on only their slots in the changelog bring them back. It works for
 * an input of one partition, whose task flushes alone, and needs to be one of the producer's
 * interceptors. Public for Kafka and for the woven code.
 */
public final class HeldOutput implements ProducerInterceptor<byte[], byte[]> {
  private static final String CHANGELOG = "-changelog";

  private static boolean holding;
  private static int slotsWritten;
  private static int embeddings;
  private static int changelogSent;
  private static int changelogAcknowledged;
  private static int acknowledgedWhileHolding;

  /** Weaves this class's hooks into the clients. */
  static AgentBuilder weave(AgentBuilder agent) {
    return agent
        .type(named("org.apache.kafka.clients.consumer.KafkaConsumer"))
        .transform(
            (builder, type, loader, module, domain) ->
                builder.visit(Advice.to(AfterOffsetCommit.class).on(named("commitSync"))))
        .type(named("org.apache.kafka.clients.producer.internals.RecordAccumulator"))
        .transform(
            (builder, type, loader, module, domain) ->
                builder.visit(Advice.to(HoldBack.class).on(named("isMuted"))));
  }

  /** The records read so far will not be read again. */
  public static synchronized void offsetsCommitted() {
    if (!holding && slotsWritten > 0 && embeddings > 0) {
      holding = true;
      embeddings = 0;
    }
    slotsWritten = 0;
  }

  /** Whether the producer has to leave a partition's records where they are. */
  public static synchronized boolean isHeldBack(TopicPartition partition) {
    return holding && partition.topic().equals(CrashRun.EMBEDDINGS);
  }

  @Override
  public ProducerRecord<byte[], byte[]> onSend(ProducerRecord<byte[], byte[]> record) {
    synchronized (HeldOutput.class) {
      if (record.topic().endsWith(CHANGELOG)) {
        changelogSent++;
        slotsWritten += record.value() == null ? 0 : 1;
      } else if (record.topic().equals(CrashRun.EMBEDDINGS)) {
        embeddings++;
      }
    }
    return record;
  }

  @Override
  public void onAcknowledgement(RecordMetadata metadata, Exception failure) {
    synchronized (HeldOutput.class) {
      if (failure != null || !metadata.topic().endsWith(CHANGELOG)) {
        return;
      }
      changelogAcknowledged++;
      acknowledgedWhileHolding += holding ? 1 : 0;
      if (holding && embeddings > 0 && changelogAcknowledged == changelogSent) {
        System.err.println(
            acknowledgedWhileHolding
                + " records of the changelog are acknowledged, none of "
                + embeddings
                + " embeddings");
        CrashAgent.die(CrashPoint.CHANGELOG_ACKNOWLEDGED);
      }
    }
  }

  @Override
  public void close() {
    // It holds nothing.
  }

  @Override
  public void configure(Map<String, ?> configs) {
    // It needs nothing.
  }

  /** Woven in after the consumer has committed offsets. */
  static final class AfterOffsetCommit {
    private AfterOffsetCommit() {}

    @Advice.OnMethodExit
    static void exit() {
      HeldOutput.offsetsCommitted();
    }
  }

  /** Woven into the producer's own way to leave a partition's records where they are. */
  static final class HoldBack {
    private HoldBack() {}

    @Advice.OnMethodExit
    static void exit(
        @Advice.Argument(0) TopicPartition partition,
        @Advice.Return(readOnly = false) boolean muted) {
      muted |= HeldOutput.isHeldBack(partition);
    }
  }
}
