package io.sentencestreams.app.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine;

/**
 * One run of sending dead letters back, in one transaction. The producer's id is the group's, so a
 * second run at the same time fences the first, and what the group has committed is read only after
 * that: no letter goes back twice.
 */
final class Resending implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final CommandLine command;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer; // null in a dry run
  private final LetterSource source;
  private final List<Future<RecordMetadata>> sends = new ArrayList<>();
  private long letters;
  private boolean committed;

  Resending(Map<String, Object> client, String group, boolean dryRun, CommandLine command) {
    this.command = command;
    Map<String, Object> reading = new HashMap<>(client);
    reading.put("group.id", group);
    reading.put("isolation.level", "read_committed");
    reading.put("enable.auto.commit", "false");
    consumer =
        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    source = new LetterSource(client);
    if (dryRun) {
      producer = null;
    } else {
      Map<String, Object> writing = new HashMap<>(client);
      writing.put("transactional.id", group);
      producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
      producer.initTransactions();
      producer.beginTransaction();
    }
  }

  /** Sends what the group has not sent yet, and commits how far it came. */
  long all(List<TopicPartition> partitions) {
    consumer.assign(partitions);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, OffsetAndMetadata> committed =
        consumer.committed(new HashSet<>(partitions));
    Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata last = committed.get(partition);
      long begin = begins.get(partition);
      long from = last == null ? begin : Math.max(last.offset(), begin);
      send(new OffsetRange(partition, from, ends.get(partition)));
      done.put(partition, new OffsetAndMetadata(ends.get(partition)));
    }
    commit(done);
    return letters;
  }

  /** Sends exactly these, whatever the group has sent before. */
  long ranges(List<TopicPartition> partitions, List<OffsetRange> ranges) {
    consumer.assign(partitions);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    for (OffsetRange range : ranges) {
      long begin = begins.get(range.partition());
      long end = ends.get(range.partition());
      if (range.from() < begin || range.end() > end) {
        throw new CommandException(
            "%s holds offsets %d to %d, and not all of %d to %d"
                .formatted(range.partition(), begin, end - 1, range.from(), range.end() - 1));
      }
    }
    ranges.forEach(this::send);
    commit(Map.of());
    return letters;
  }

  private void send(OffsetRange range) {
    consumer.pause(consumer.assignment());
    consumer.resume(List.of(range.partition()));
    consumer.seek(range.partition(), range.from());
    while (consumer.position(range.partition()) < range.end()) {
      for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(POLL)) {
        if (letter.offset() < range.end()) {
          send(letter);
        }
      }
    }
  }

  private void send(ConsumerRecord<byte[], byte[]> letter) {
    ProducerRecord<byte[], byte[]> original = source.original(letter);
    if (producer != null) {
      sends.add(producer.send(original));
    }
    letters++;
    command.getOut().printf("%d:%d -> %s%n", letter.partition(), letter.offset(), original.topic());
  }

  private void commit(Map<TopicPartition, OffsetAndMetadata> done) {
    if (producer == null) {
      return;
    }
    try {
      producer.flush();
      for (Future<RecordMetadata> send : sends) {
        send.get();
      }
    } catch (ExecutionException e) {
      throw new CommandException(
          "nothing was sent back, because one letter was refused: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted; nothing was sent back", e);
    }
    if (!done.isEmpty()) {
      producer.sendOffsetsToTransaction(done, consumer.groupMetadata());
    }
    producer.commitTransaction();
    committed = true;
  }

  /** Aborts what was not committed. */
  @Override
  public void close() {
    try (consumer;
        source) {
      if (producer != null) {
        closeProducer();
      }
    }
  }

  /**
   * Says that it aborts: a close alone waits out its time-out on a transaction that sent nothing.
   */
  private void closeProducer() {
    try (producer) {
      if (!committed) {
        producer.abortTransaction();
      }
    } catch (KafkaException e) {
      command.getErr().println("the transaction was left to time out: " + e.getMessage());
    }
  }
}
