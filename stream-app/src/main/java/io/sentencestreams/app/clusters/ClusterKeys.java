package io.sentencestreams.app.clusters;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Keys of the stores: a model version, a zero, and a number; those of a version lie together. */
final class ClusterKeys {
  private ClusterKeys() {}

  static byte[] of(String modelVersion, long number) {
    byte[] version = modelVersion.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(version.length + 1 + Long.BYTES)
        .put(version)
        .put((byte) 0)
        .putLong(number)
        .array();
  }

  static String modelVersion(byte[] key) {
    return new String(Arrays.copyOf(key, key.length - 1 - Long.BYTES), StandardCharsets.UTF_8);
  }

  static long number(byte[] key) {
    return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
  }

  /** What a cluster is called outside: numbers are given anew in each model version. */
  static String clusterId(String modelVersion, long cluster) {
    return modelVersion + "-" + cluster;
  }
}
