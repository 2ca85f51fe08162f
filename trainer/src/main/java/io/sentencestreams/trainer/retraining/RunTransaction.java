package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes all that a run changes, in one transaction. Making one ends the transactions of an earlier
 * service of the same id and fences it.
 */
final class RunTransaction implements AutoCloseable {
  /** A transaction that is open then has failed; there is nothing to wait for. */
  private static final Duration CLOSE = Duration.ofSeconds(5);

  /** Far less than the days after which a broker forgets an id that nobody uses. */
  private static final Duration IDLE = Duration.ofHours(1);

  private final RetrainConfig config;
  private final InstantSource clock;
  private final Patience patience;
  private final KafkaProducer<byte[], byte[]> producer;
  private long used;

  RunTransaction(RetrainConfig config, InstantSource clock, Patience patience) {
    this.config = config;
    this.clock = clock;
    this.patience = patience;
    Map<String, Object> properties = new HashMap<>(config.client(ProducerConfig.configNames()));
    properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, config.id());
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
    } catch (KafkaException e) {
      producer.close();
      throw e;
    }
    used = clock.millis();
  }

  /**
   * Commits once more what is committed, if nothing was for an hour. The broker forgets a
   * transactional id that was idle for long ({@code transactional.id.expiration.ms}, 7 days), and a
   * run could not be committed then: to take the id again would fence a service that has taken over
   * meanwhile, instead of being fenced by it. It keeps the offsets from expiring, too.
   *
   * @throws RetrainException if another service has taken over, or it fails
   */
  void keepAlive(LabelSource source) {
    if (clock.millis() - used >= IDLE.toMillis()) {
      transact(
          List.of(),
          patience.ask(source::committed),
          source.group(),
          "this one ends",
          "the offsets could not be committed once more: %s. Start the service again");
    }
  }

  /**
   * Commits a run; the memory's new labels are used ones then.
   *
   * @throws RetrainException if another service has taken over, or the outcome is unknown: the next
   *     start finds out
   */
  void commit(
      RunJob.Result result,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      ConsumerGroupMetadata group,
      LabelMemory memory) {
    List<String> surplus = memory.surplus(config.replayMaxLabels());
    transact(
        records(result, offsets, surplus, memory),
        offsets,
        group,
        "this one ends, and its run counts for nothing",
        "the run could not be committed: %s. Start the service again: it finds out whether it was");
    memory.commit(surplus);
  }

  /**
   * Commits records and offsets.
   *
   * @param fenced what follows if another service has taken over
   * @param failed what to say of any other failure, with a place for its message
   */
  private void transact(
      List<ProducerRecord<byte[], byte[]>> records,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      ConsumerGroupMetadata group,
      String fenced,
      String failed) {
    try {
      producer.beginTransaction();
      for (ProducerRecord<byte[], byte[]> record : records) {
        // The commit throws what a record failed of.
        Future<RecordMetadata> unused = producer.send(record);
      }
      // What has timed out may and must be asked again: it may have been done.
      patience.await(() -> producer.sendOffsetsToTransaction(offsets, group));
      patience.await(producer::commitTransaction);
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new RetrainException(
          "another service with %s=%s has taken over: %s"
              .formatted(RetrainKeys.ID, config.id(), fenced),
          e);
    } catch (TimeoutException e) {
      throw e; // the service ends, and its next start finds out what was done
    } catch (KafkaException e) {
      throw new RetrainException(failed.formatted(e.getMessage()), e);
    }
    used = clock.millis();
  }

  private List<ProducerRecord<byte[], byte[]>> records(
      RunJob.Result result,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      List<String> surplus,
      LabelMemory memory) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    memory.fresh().forEach((key, known) -> records.add(ReplayTopic.keep(config, key, known)));
    surplus.forEach(key -> records.add(ReplayTopic.giveUp(config, key)));
    TrainingRunRecord run = withOffsets(result.run(), offsets);
    records.add(
        new ProducerRecord<>(
            config.runsTopic(),
            bytes(run.runId()),
            ReleaseSerdes.runSerializer().serialize(config.runsTopic(), run)));
    if (result.released()) {
      ReleaseRecord release = result.release();
      records.add(
          new ProducerRecord<>(
              config.releasesTopic(),
              0,
              bytes(release.key()),
              ReleaseSerdes.releaseSerializer().serialize(config.releasesTopic(), release)));
    }
    return records;
  }

  private static TrainingRunRecord withOffsets(
      TrainingRunRecord run, Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<String, Long> shown = new TreeMap<>();
    offsets.forEach((partition, offset) -> shown.put(partition.toString(), offset.offset()));
    return new TrainingRunRecord(
        run.runId(),
        run.trigger(),
        run.outcome(),
        run.reasons(),
        run.startedMillis(),
        run.endedMillis(),
        run.base(),
        run.candidate(),
        run.tasks(),
        run.scores(),
        run.settings(),
        shown);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    producer.close(CLOSE);
  }
}
