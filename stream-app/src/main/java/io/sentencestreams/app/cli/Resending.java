package io.sentencestreams.app.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine;

/**
 * One run of sending dead letters back, some at a time: they and how far the group has come commit
 * in one transaction, so no letter goes back twice. Each transaction is over soon, however many
 * letters there are and however long it takes to read them.
 */
final class Resending implements AutoCloseable {
  /** A letter that cannot go back does not stop the command. */
  static final String SKIP = "--skip-failing";

  /** Letters of a transaction. */
  static final int MOST_LETTERS = 1_000;

  /** They are in memory until they are sent, and must be sent before the transaction times out. */
  private static final long MOST_BYTES = 4L << 20;

  private static final Duration POLL = Duration.ofMillis(200);

  private final CommandLine command;
  private final boolean skip;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final ResendingProducer producer; // null in a dry run
  private final LetterSource source;

  /** What goes back next, and how far the group has come with that. */
  private final List<ResentLetter> letters = new ArrayList<>();

  private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
  private long bytes;
  private long sent;
  private long skipped;

  /**
   * Opens what is needed.
   *
   * @param skip whether letters that cannot be sent back are left out; else the first one ends this
   */
  Resending(
      Map<String, Object> client, String group, boolean dryRun, boolean skip, CommandLine command) {
    this.command = command;
    this.skip = skip;
    // First: a run that it fences has committed, or never will, when offsets are asked for below.
    producer = dryRun ? null : new ResendingProducer(client, group);
    Map<String, Object> reading = new HashMap<>(client);
    reading.put("group.id", group);
    reading.put("isolation.level", "read_committed");
    reading.put("enable.auto.commit", "false");
    reading.put("auto.offset.reset", "none"); // or what retention takes meanwhile counts as sent
    consumer =
        new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    source = new LetterSource(client);
  }

  /** Sends what the group has not sent yet, and commits how far it came. */
  void all(List<TopicPartition> partitions) {
    consumer.assign(partitions);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, OffsetAndMetadata> committed =
        consumer.committed(new HashSet<>(partitions));
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata last = committed.get(partition);
      long begin = begins.get(partition);
      long from = last == null ? begin : Math.max(last.offset(), begin);
      send(new OffsetRange(partition, from, ends.get(partition)), true);
      done.put(partition, new OffsetAndMetadata(ends.get(partition)));
    }
    commit();
  }

  /** Sends exactly these, whatever the group has sent before. */
  void ranges(List<TopicPartition> partitions, List<OffsetRange> ranges) {
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
    for (OffsetRange range : ranges) {
      send(range, false);
    }
    commit();
  }

  /** How many letters were sent back, or would be. */
  long sent() {
    return sent;
  }

  /** How many letters were left out. */
  long skipped() {
    return skipped;
  }

  private void send(OffsetRange range, boolean remember) {
    consumer.pause(consumer.assignment());
    consumer.resume(List.of(range.partition()));
    consumer.seek(range.partition(), range.from());
    while (consumer.position(range.partition()) < range.end()) {
      for (ConsumerRecord<byte[], byte[]> letter : poll()) {
        if (letter.offset() < range.end()) {
          send(letter, remember);
        }
      }
    }
  }

  private ConsumerRecords<byte[], byte[]> poll() {
    try {
      return consumer.poll(POLL);
    } catch (OffsetOutOfRangeException e) {
      throw stopped("letters have left their topic since this began; run it again", e);
    }
  }

  private void send(ConsumerRecord<byte[], byte[]> letter, boolean remember) {
    try {
      ResentLetter resent = ResentLetter.of(letter, source.original(letter));
      letters.add(resent);
      bytes += resent.bytes();
    } catch (UnreadableLetterException e) {
      if (!skip) {
        if (remember) {
          commit(); // those before it, which the next run need not send
        }
        throw stopped(e.getMessage() + "; " + SKIP + " leaves such letters out", e);
      }
      skipped(letter.partition(), letter.offset(), e.getMessage());
    } catch (CommandException e) {
      throw stopped(e.getMessage(), e);
    }
    if (remember) {
      done.put(
          new TopicPartition(letter.topic(), letter.partition()),
          new OffsetAndMetadata(letter.offset() + 1));
    }
    if (letters.size() >= MOST_LETTERS || bytes >= MOST_BYTES) {
      commit();
    }
  }

  private void commit() {
    while (producer != null && !(letters.isEmpty() && done.isEmpty())) {
      try {
        producer.send(letters, done, consumer.groupMetadata());
        break;
      } catch (ResendingProducer.RefusedException e) {
        refused(new TreeMap<>(e.reasons()));
      } catch (CommandException e) {
        throw stopped(e.getMessage(), e);
      }
    }
    for (ResentLetter letter : letters) {
      command
          .getOut()
          .printf("%d:%d -> %s%n", letter.partition(), letter.offset(), letter.original().topic());
    }
    sent += letters.size();
    letters.clear();
    done.clear();
    bytes = 0;
  }

  private void refused(NavigableMap<Integer, Throwable> reasons) {
    if (!skip) {
      ResentLetter letter = letters.get(reasons.firstKey());
      Throwable reason = reasons.firstEntry().getValue();
      if (!done.isEmpty()) {
        leaveFrom(reasons.firstKey());
        commit(); // those before it, which the next run need not send
      }
      throw stopped(
          "%d:%d cannot be sent back, since %s; %s leaves such letters out"
              .formatted(letter.partition(), letter.offset(), why(letter, reason), SKIP),
          reason);
    }
    for (Map.Entry<Integer, Throwable> reason : reasons.descendingMap().entrySet()) {
      ResentLetter letter = letters.remove((int) reason.getKey());
      skipped(letter.partition(), letter.offset(), why(letter, reason.getValue()));
    }
  }

  private static String why(ResentLetter letter, Throwable reason) {
    return "its record cannot be on topic %s: %s"
        .formatted(letter.original().topic(), reason.getMessage());
  }

  /** Leaves a letter and those behind it for the next run. */
  private void leaveFrom(int index) {
    List<ResentLetter> left = letters.subList(index, letters.size());
    done.replaceAll(
        (partition, offset) ->
            left.stream()
                .filter(letter -> letter.partition() == partition.partition())
                .findFirst()
                .map(letter -> new OffsetAndMetadata(letter.offset()))
                .orElse(offset));
    left.clear();
  }

  private void skipped(int partition, long offset, String why) {
    skipped++;
    command.getErr().printf("%d:%d is left out: %s%n", partition, offset, why);
  }

  private CommandException stopped(String why, Throwable cause) {
    return new CommandException(
        producer == null ? why : "%s; %d dead letters were sent back before".formatted(why, sent),
        cause);
  }

  @Override
  public void close() {
    try (consumer;
        source;
        producer) {
      // Each of them closes, even if one fails.
    }
  }
}
