package io.sentencestreams.app.window;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** Sends a message to the partitions that it names. */
final class TargetPartitioner implements StreamPartitioner<byte[], byte[]> {
  @Override
  public Optional<Set<Integer>> partitions(
      String topic, byte[] key, byte[] message, int partitions) {
    Set<Integer> targets = new TreeSet<>();
    for (int target : WindowCodec.targets(message)) {
      if (target >= partitions) {
        throw new IllegalStateException(
            "%s is set to more than the %d partitions that topic %s has; set it to %d, or reset the application"
                .formatted("window.partitions", partitions, topic, partitions));
      }
      targets.add(target);
    }
    return Optional.of(targets);
  }
}
