package io.sentencestreams.app.topology;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Upper bounds on what records take in a producer's request, so that none is refused there. */
public final class RecordSizes {
  /** More than a batch of one record takes for its own header and lengths. */
  public static final int OVERHEAD = 512;

  private static final int HEADER_OVERHEAD = 10;

  private RecordSizes() {}

  static long of(byte[] key, byte[] value, Headers headers) {
    return (long) OVERHEAD + length(key) + length(value) + of(headers);
  }

  static long of(Headers headers) {
    long size = 0;
    for (Header header : headers) {
      size +=
          (long) HEADER_OVERHEAD
              + header.key().getBytes(StandardCharsets.UTF_8).length
              + length(header.value());
    }
    return size;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
