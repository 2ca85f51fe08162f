package io.sentencestreams.app.query;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HostInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which instance is the active owner of each partition, as the group's last rebalance left it. */
final class Owners {
  private static final Logger LOG = LoggerFactory.getLogger(Owners.class);

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
    String topic = applicationId + "-" + operation.topic();
    for (StreamsMetadata instance : instances(operation.store())) {
      for (TopicPartition partition : instance.topicPartitions()) {
        if (partition.topic().equals(topic)
            && !instance.hostInfo().equals(HostInfo.unavailable())) {
          owners.put(partition.partition(), instance.hostInfo());
        }
      }
    }
    return owners;
  }

  private Collection<StreamsMetadata> instances(String store) {
    if (!streams.state().isRunningOrRebalancing()) {
      return List.of();
    }
    try {
      return streams.streamsMetadataForStore(store);
    } catch (InvalidStateStoreException | IllegalStateException e) { // it has stopped since
      LOG.debug("Nobody is known to own {}", store, e);
      return List.of();
    }
  }
}
