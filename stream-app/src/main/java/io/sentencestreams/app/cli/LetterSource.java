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

  private final KafkaConsumer<byte[], byte[]> consumer;

  /** How many partitions each topic has. */
  private final Map<String, Integer> topics = new HashMap<>();

  LetterSource(Map<String, Object> properties) {
    Map<String, Object> reading = new HashMap<>(properties);
    reading.put("enable.auto.commit", "false");
    reading.put("max.poll.records", "1");
    consumer =
        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The record that a letter was.
   *
   * @throws UnreadableLetterException if it is no letter, or its topic or its record is gone
   * @throws CommandException if the record may be there, and is not read in time
   */
  ProducerRecord<byte[], byte[]> original(ConsumerRecord<byte[], byte[]> letter) {
    String topic = header(letter, DeadLetters.TOPIC);
    if (topics.isEmpty()) {
      consumer.listTopics().forEach((name, partitions) -> topics.put(name, partitions.size()));
    }
    if (!topics.containsKey(topic)) {
      throw new UnreadableLetterException(
          "%s came from topic %s, which is not there".formatted(place(letter), topic));
    }
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
    long number = number(letter, DeadLetters.PARTITION);
    long offset = number(letter, DeadLetters.OFFSET);
    if (number >= 0 && number < topics.get(topic)) {
      TopicPartition partition = new TopicPartition(topic, (int) number);
      List<TopicPartition> only = List.of(partition);
      consumer.assign(only);
      if (consumer.beginningOffsets(only).get(partition) <= offset
          && offset < consumer.endOffsets(only).get(partition)) {
        consumer.seek(partition, offset);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(PATIENCE)) {
          if (record.offset() == offset) {
            return record;
          }
        }
        if (consumer.position(partition) <= offset) {
          throw new CommandException(
              "%s left its record out, and %s@%d, where that stands, was not read in %d s; try again"
                  .formatted(place(letter), partition, offset, PATIENCE.toSeconds()));
        }
      }
    }
    throw new UnreadableLetterException(
        "%s left its record out, and %s-%d@%d, where that stood, cannot be read any more"
            .formatted(place(letter), topic, number, offset));
  }

  private static long number(ConsumerRecord<?, ?> letter, String name) {
    String text = header(letter, name);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new UnreadableLetterException(
          "%s has %s in header %s, which is no number".formatted(place(letter), text, name), e);
    }
  }

  private static String header(ConsumerRecord<?, ?> letter, String name) {
    Header header = letter.headers().lastHeader(name);
    if (header == null || header.value() == null) {
      throw new UnreadableLetterException(
          "%s has no header %s: is this a topic of dead letters?".formatted(place(letter), name));
    }
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  private static String place(ConsumerRecord<?, ?> letter) {
    return "%s-%d@%d".formatted(letter.topic(), letter.partition(), letter.offset());
  }

  @Override
  public void close() {
    consumer.close();
  }
}
