package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.InvalidLabelException;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelSerdes;
import io.sentencestreams.trainer.retraining.LabelMemory.Known;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The labels that runs have used, on a compacted topic: the key is the task and a digest of the
 * texts, the value the label in JSON, the timestamp that of its record.
 */
final class ReplayTopic {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayTopic.class);
  private static final String FORMAT = "json";

  private ReplayTopic() {}

  /** Reads the topic into a memory. Labels of tasks that the configuration lacks stay there. */
  static void restore(RetrainConfig config, LabelMemory memory) {
    Map<String, LabelTask> tasks = new HashMap<>();
    Map<String, LabelSerdes.Reader> readers = new HashMap<>();
    for (LabelTask task : config.tasks()) {
      tasks.put(task.name(), task);
      readers.put(task.name(), LabelSerdes.reader(task.kind(), FORMAT, task.rules(), Map.of()));
    }
    try (WholeTopic topic = new WholeTopic(config, config.replayTopic())) {
      topic.readToEnd(
          record -> {
            String key = new String(record.key(), StandardCharsets.UTF_8);
            LabelTask task = tasks.get(key.substring(0, Math.max(0, key.lastIndexOf(':'))));
            if (task != null) {
              restore(record, key, task, readers.get(task.name()), memory);
            }
          });
    } finally {
      readers.values().forEach(LabelSerdes.Reader::close);
    }
  }

  private static void restore(
      ConsumerRecord<byte[], byte[]> record,
      String key,
      LabelTask task,
      LabelSerdes.Reader reader,
      LabelMemory memory) {
    if (record.value() == null) {
      memory.restoreDeleted(key);
      return;
    }
    try {
      Label label = reader.read(record.topic(), record.headers(), record.value());
      memory.restore(key, new Known(task.name(), label, record.timestamp()));
    } catch (InvalidLabelException e) {
      memory.restoreDeleted(key);
      LOG.warn(
          "A label of {} is left out, {}-{}-{}: under the rules of labels.{} it is none ({})",
          task.name(),
          record.topic(),
          record.partition(),
          record.offset(),
          task.name(),
          e.getMessage());
    }
  }

  /** The record that keeps a label. */
  static ProducerRecord<byte[], byte[]> keep(RetrainConfig config, String key, Known known) {
    try (Serializer<Label> serializer =
        LabelSerdes.serializer(known.label().kind(), FORMAT, Map.of())) {
      return new ProducerRecord<>(
          config.replayTopic(),
          0,
          known.timestamp() < 0 ? null : (Long) known.timestamp(),
          key.getBytes(StandardCharsets.UTF_8),
          serializer.serialize(config.replayTopic(), known.label()));
    }
  }

  /** The record that gives a label up. */
  static ProducerRecord<byte[], byte[]> giveUp(RetrainConfig config, String key) {
    return new ProducerRecord<>(
        config.replayTopic(), 0, key.getBytes(StandardCharsets.UTF_8), null);
  }
}
