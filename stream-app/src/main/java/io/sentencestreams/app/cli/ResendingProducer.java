package io.sentencestreams.app.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends letters back in transactions. Its id is the group's, so a second one fences the first, and
 * what the group has committed is to be read only after this is made.
 */
final class ResendingProducer implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;

  ResendingProducer(Map<String, Object> client, String group) {
    Map<String, Object> writing = new HashMap<>(client);
    writing.put("transactional.id", group);
    producer = new KafkaProducer<>(writing, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
    } catch (RuntimeException e) {
      producer.close();
      throw e;
    }
  }

  /** Topics refused letters for what they are, and nothing was sent. By their places, why. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Map<Integer, Throwable> reasons;

    RefusedException(Map<Integer, Throwable> reasons) {
      this.reasons = reasons;
    }

    Map<Integer, Throwable> reasons() {
      return reasons;
    }
  }

  /**
   * Sends letters and commits with them how far that came, both or neither.
   *
   * @throws RefusedException if letters can never be sent; nothing was
   * @throws CommandException if it failed otherwise; the message says whether that is known
   */
  void send(
      List<ResentLetter> letters,
      Map<TopicPartition, OffsetAndMetadata> done,
      ConsumerGroupMetadata group)
      throws RefusedException {
    producer.beginTransaction();
    List<Future<RecordMetadata>> sends = new ArrayList<>(letters.size());
    try {
      for (ResentLetter letter : letters) {
        sends.add(producer.send(letter.original()));
      }
      producer.flush();
      for (Future<RecordMetadata> send : sends) {
        send.get();
      }
      if (!done.isEmpty()) {
        producer.sendOffsetsToTransaction(done, group);
      }
    } catch (InterruptedException e) {
      abort(e);
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted", e);
    } catch (ExecutionException | KafkaException e) { // the latter of a send after one that failed
      abort(e);
      throw failure(letters, failures(sends), e);
    }
    try {
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw new CommandException(
          "whether %d dead letters, the last of them %d:%d, were sent back is not known: %s"
              .formatted(
                  letters.size(),
                  letters.isEmpty() ? 0 : letters.get(letters.size() - 1).partition(),
                  letters.isEmpty() ? 0 : letters.get(letters.size() - 1).offset(),
                  e.getMessage()),
          e);
    }
  }

  private void abort(Exception because) {
    try {
      producer.abortTransaction();
    } catch (RuntimeException e) { // it is left to time out
      because.addSuppressed(e);
    }
  }

  private static Map<Integer, Throwable> failures(List<Future<RecordMetadata>> sends) {
    Map<Integer, Throwable> failures = new HashMap<>();
    for (int i = 0; i < sends.size(); i++) {
      try {
        if (sends.get(i).isDone()) {
          sends.get(i).get();
        }
      } catch (ExecutionException e) {
        failures.put(i, e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return failures;
      }
    }
    return failures;
  }

  private static CommandException failure(
      List<ResentLetter> letters, Map<Integer, Throwable> failures, Exception e)
      throws RefusedException {
    Map<Integer, Throwable> refused = new HashMap<>(failures);
    refused.values().removeIf(reason -> !isRefusal(reason));
    if (!refused.isEmpty()) {
      throw new RefusedException(refused);
    }
    return failures.entrySet().stream()
        .filter(failed -> !(failed.getValue() instanceof TransactionAbortedException))
        .min(Map.Entry.comparingByKey())
        .map(
            failed ->
                new CommandException(
                    "%d:%d could not be sent to topic %s: %s"
                        .formatted(
                            letters.get(failed.getKey()).partition(),
                            letters.get(failed.getKey()).offset(),
                            letters.get(failed.getKey()).original().topic(),
                            failed.getValue().getMessage()),
                    failed.getValue()))
        .orElseGet(() -> new CommandException(e.getMessage(), e));
  }

  /** Whether it is for what the record is, and for nothing that passes. */
  private static boolean isRefusal(Throwable reason) {
    return reason instanceof RecordTooLargeException
        || reason instanceof InvalidRecordException
        || reason instanceof InvalidTimestampException;
  }

  @Override
  public void close() {
    producer.close();
  }
}
