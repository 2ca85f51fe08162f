package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.ReleaseLog;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseRecord.Action;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What people decide: which release is used, and that the service trains now. */
public final class ReleaseControl implements AutoCloseable {
  private final RetrainConfig config;
  private final KafkaProducer<byte[], byte[]> producer;

  /**
   * Reaches the topics of a configuration, which are made if they are missing.
   *
   * @throws RetrainException if a topic of labels is missing
   */
  public ReleaseControl(RetrainConfig config) {
    this.config = config;
    RetrainTopics.createMissing(config);
    Map<String, Object> properties = new HashMap<>(config.client(ProducerConfig.configNames()));
    properties.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** What the topic of releases says now. */
  public ReleaseLog read() {
    try (ReleasesTopic releases = new ReleasesTopic(config)) {
      return releases.read();
    }
  }

  /**
   * Writes a decision, and returns when it is on the topic.
   *
   * @param version null for {@link Action#UNPIN}
   * @param reason for people, or null
   */
  public void decide(Action action, String version, String reason) {
    ReleaseRecord record =
        ReleaseRecord.decision(action, version, System.currentTimeMillis(), reason);
    send(
        new ProducerRecord<>(
            config.releasesTopic(),
            0,
            record.key().getBytes(StandardCharsets.UTF_8),
            ReleaseSerdes.releaseSerializer().serialize(config.releasesTopic(), record)));
  }

  /** Tells the service to train now, and returns when the command is on the topic. */
  public void retrainNow() {
    send(
        new ProducerRecord<>(
            config.commandsTopic(), LabelSource.RUN.getBytes(StandardCharsets.UTF_8)));
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    try {
      producer.send(record).get();
    } catch (ExecutionException e) {
      throw new RetrainException(
          "cannot write to %s: %s".formatted(record.topic(), e.getCause().getMessage()),
          e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted", e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
