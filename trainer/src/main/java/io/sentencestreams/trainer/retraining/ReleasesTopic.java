package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.ReleaseLog;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topic of releases, from its beginning on. A record that is no release is left out. */
final class ReleasesTopic implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReleasesTopic.class);

  private final WholeTopic topic;
  private final ReleaseLog log = new ReleaseLog();

  ReleasesTopic(RetrainConfig config) {
    topic = new WholeTopic(config, config.releasesTopic());
  }

  /** What the topic says now: always the same log, which has grown. */
  ReleaseLog read() {
    topic.readToEnd(this::take);
    return log;
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    try {
      log.add(ReleaseSerdes.releaseDeserializer().deserialize(record.topic(), record.value()));
    } catch (SerializationException e) {
      LOG.warn(
          "{}-{}-{} is no release and is left out: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
    }
  }

  @Override
  public void close() {
    topic.close();
  }
}
