package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes all that a run changes, in one transaction. Making one ends the transactions of an earlier
 * service of the same id and fences it.
 */
final class RunTransaction implements AutoCloseable {
  /** A transaction that is open then has failed; there is nothing to wait for. */
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final RetrainConfig config;
  private final KafkaProducer<byte[], byte[]> producer;

  RunTransaction(RetrainConfig config) {
    this.config = config;
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
    try {
      producer.beginTransaction();
      for (ProducerRecord<byte[], byte[]> record : records(result, offsets, surplus, memory)) {
        // The commit throws what a record failed of.
        Future<RecordMetadata> unused = producer.send(record);
      }
      producer.sendOffsetsToTransaction(offsets, group);
      producer.commitTransaction();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new RetrainException(
          "another service with %s=%s has taken over: this one ends, and its run counts for nothing"
              .formatted(RetrainKeys.ID, config.id()),
          e);
    } catch (KafkaException e) {
      throw new RetrainException(
          "the run could not be committed: %s. Start the service again: it finds out whether it was"
              .formatted(e.getMessage()),
          e);
    }
    memory.commit(surplus);
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
