package io.sentencestreams.app.query;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.state.HostInfo;

/** Which instance is the active owner of each partition, as the group's last rebalance left it. */
final class Owners {
  private final KafkaStreams streams;
  private final String applicationId;

  Owners(KafkaStreams streams, String applicationId) {
    this.streams = streams;
    this.applicationId = applicationId;
  }

  /**
   * The owners that are known by an address; none where no instance has an {@code
   * application.server}, or none is running.
   */
  Map<Integer, HostInfo> of(Operation<?, ?> operation) {
    Map<Integer, HostInfo> owners = new HashMap<>();
    if (!streams.state().isRunningOrRebalancing()) {
      return owners;
    }
    String topic = applicationId + "-" + operation.topic();
    for (StreamsMetadata instance : streams.streamsMetadataForStore(operation.store())) {
      for (TopicPartition partition : instance.topicPartitions()) {
        if (partition.topic().equals(topic)
            && !instance.hostInfo().equals(HostInfo.unavailable())) {
          owners.put(partition.partition(), instance.hostInfo());
        }
      }
    }
    return owners;
  }
}
