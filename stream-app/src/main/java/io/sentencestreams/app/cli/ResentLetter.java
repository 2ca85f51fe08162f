package io.sentencestreams.app.cli;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A dead letter, and the record that it was.
 *
 * @param partition of the dead-letter topic
 * @param offset there
 */
record ResentLetter(int partition, long offset, ProducerRecord<byte[], byte[]> original) {
  static ResentLetter of(ConsumerRecord<?, ?> letter, ProducerRecord<byte[], byte[]> original) {
    return new ResentLetter(letter.partition(), letter.offset(), original);
  }

  /** Of key, value and headers. */
  long bytes() {
    long bytes = length(original.key()) + length(original.value());
    for (Header header : original.headers()) {
      bytes += header.key().length() + length(header.value());
    }
    return bytes;
  }

  private static long length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
