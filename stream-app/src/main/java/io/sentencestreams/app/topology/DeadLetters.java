package io.sentencestreams.app.topology;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Makes dead letters: the record as it was read, with the headers of KIP-1034 that say what was
 * wrong and where it came from. The coordinates are the record's own, not those of whatever record
 * Kafka's context names at the time.
 */
public final class DeadLetters {
  /** {@value}: the exception's class. */
  public static final String EXCEPTION = "__streams.errors.exception";

  /** {@value}: what was wrong, for a person. */
  public static final String MESSAGE = "__streams.errors.message";

  /** {@value}: the exception's stack trace. */
  public static final String STACKTRACE = "__streams.errors.stacktrace";

  /** {@value}: the topic that the record was read from. */
  public static final String TOPIC = "__streams.errors.topic";

  /** {@value}: its partition. */
  public static final String PARTITION = "__streams.errors.partition";

  /** {@value}: its offset. */
  public static final String OFFSET = "__streams.errors.offset";

  /** {@value}: present, with their bytes, where key, value and headers were too large to carry. */
  public static final String OMITTED = "__streams.errors.omitted.bytes";

  private static final int MAX_MESSAGE_CHARS = 2_048;
  private static final int MAX_TRACE_CHARS = 16_384;

  private DeadLetters() {}

  /**
   * Makes a dead letter.
   *
   * @param maxBytes what a record on the dead-letter topic may take; beyond it the letter carries
   *     the coordinates only, and {@link #OMITTED}
   */
  static Record<byte[], byte[]> of(
      byte[] key,
      byte[] value,
      Headers headers,
      long timestamp,
      Coordinates source,
      Throwable reason,
      long maxBytes) {
    Headers errors = new RecordHeaders();
    add(errors, EXCEPTION, reason.getClass().getName());
    add(errors, MESSAGE, shortened(String.valueOf(reason.getMessage()), MAX_MESSAGE_CHARS));
    add(errors, TOPIC, source.topic());
    add(errors, PARTITION, Integer.toString(source.partition()));
    add(errors, OFFSET, Long.toString(source.offset()));
    // The trace is the least of it, so it gives way where the topic takes small records only.
    String trace = shortened(trace(reason), MAX_TRACE_CHARS);
    if (RecordSizes.OVERHEAD + RecordSizes.of(errors) + 4L * trace.length() <= maxBytes) {
      add(errors, STACKTRACE, trace);
    }
    long original = RecordSizes.of(key, value, headers);
    if (original + RecordSizes.of(errors) > maxBytes) {
      add(errors, OMITTED, Long.toString(original - RecordSizes.OVERHEAD));
      return new Record<>(null, null, timestamp, errors);
    }
    Headers all = new RecordHeaders(headers.toArray());
    errors.forEach(all::add);
    return new Record<>(key, value, timestamp, all);
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  private static String trace(Throwable reason) {
    StringWriter writer = new StringWriter();
    reason.printStackTrace(new PrintWriter(writer, true));
    return writer.toString();
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most);
  }
}
