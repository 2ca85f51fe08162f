package io.sentencestreams.app.cli;

import io.sentencestreams.app.topology.DeadLetters;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Makes of a dead letter the record that it was, reading it again where the letter left it out. */
final class LetterSource implements AutoCloseable {
  private static final String ERRORS = "__streams.errors.";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, Object> properties;
  private KafkaConsumer<byte[], byte[]> consumer;

  LetterSource(Map<String, Object> properties) {
    this.properties = new HashMap<>(properties);
    this.properties.put("enable.auto.commit", "false");
    this.properties.put("max.poll.records", "1");
  }

  ProducerRecord<byte[], byte[]> original(ConsumerRecord<byte[], byte[]> letter) {
    String topic = header(letter, DeadLetters.TOPIC);
    ConsumerRecord<byte[], byte[]> content =
        letter.headers().lastHeader(DeadLetters.OMITTED) == null
            ? letter
            : readAgain(letter, topic);
    Headers headers = new RecordHeaders();
    for (Header header : content.headers()) {
      if (!header.key().startsWith(ERRORS)) {
        headers.add(header);
      }
    }
    return new ProducerRecord<>(
        topic, null, content.timestamp(), content.key(), content.value(), headers);
  }

  private ConsumerRecord<byte[], byte[]> readAgain(
      ConsumerRecord<byte[], byte[]> letter, String topic) {
    TopicPartition partition =
        new TopicPartition(topic, (int) number(letter, DeadLetters.PARTITION));
    long offset = number(letter, DeadLetters.OFFSET);
    if (consumer == null) {
      consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
    consumer.assign(List.of(partition));
    if (consumer.beginningOffsets(List.of(partition)).get(partition) <= offset) {
      consumer.seek(partition, offset);
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(PATIENCE)) {
        if (record.offset() == offset) {
          return record;
        }
      }
    }
    throw new CommandException(
        "%s left its record out, and %s-%d@%d, where that stood, cannot be read any more"
            .formatted(place(letter), topic, partition.partition(), offset));
  }

  private static long number(ConsumerRecord<?, ?> letter, String name) {
    String text = header(letter, name);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new CommandException(
          "%s has %s in header %s, which is no number".formatted(place(letter), text, name), e);
    }
  }

  private static String header(ConsumerRecord<?, ?> letter, String name) {
    Header header = letter.headers().lastHeader(name);
    if (header == null || header.value() == null) {
      throw new CommandException(
          "%s has no header %s: is this a topic of dead letters?".formatted(place(letter), name));
    }
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  private static String place(ConsumerRecord<?, ?> letter) {
    return "%s-%d@%d".formatted(letter.topic(), letter.partition(), letter.offset());
  }

  @Override
  public void close() {
    if (consumer != null) {
      consumer.close();
    }
  }
}
