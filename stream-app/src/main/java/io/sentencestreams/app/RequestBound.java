package io.sentencestreams.app;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.network.SocketServerConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the largest request of the producer with the largest that the brokers read. A broker
 * answers a larger one by closing the connection, whereupon the producer sends it again, and
 * records that fit one by one can meet in it: the producer itself must be bounded, not the records.
 */
final class RequestBound {
  private static final Logger LOG = LoggerFactory.getLogger(RequestBound.class);
  private static final String KEY = SocketServerConfigs.SOCKET_REQUEST_MAX_BYTES_CONFIG;

  /** Room for what a request has beside its records: ids, topic names, the frames of batches. */
  private static final int AROUND_RECORDS_BYTES = 16 << 10;

  private RequestBound() {}

  /** What is wrong, as a sentence; empty if nothing is, or the brokers do not tell. */
  static Optional<String> problem(Admin admin, Collection<Node> brokers, long maxRequest) {
    for (Node broker : brokers) {
      Optional<Long> bound = bound(admin, broker);
      if (bound.isPresent() && maxRequest + AROUND_RECORDS_BYTES > bound.get()) {
        return Optional.of(
            ("%s: the producer sends up to %d bytes at once and broker %s closes the connection on"
                    + " a request of more than %d, of which %d are kept for what is around the"
                    + " records; lower it, or raise %s of the brokers")
                .formatted(
                    ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                    maxRequest,
                    broker.idString(),
                    bound.get(),
                    AROUND_RECORDS_BYTES,
                    KEY));
      }
    }
    return Optional.empty();
  }

  private static Optional<Long> bound(Admin admin, Node broker) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, broker.idString());
    try {
      Config config =
          ClusterCheck.get(admin.describeConfigs(List.of(resource)).all()).get(resource);
      return Optional.ofNullable(config.get(KEY)).map(entry -> Long.valueOf(entry.value()));
    } catch (KafkaException e) {
      // Many clusters let no client read this, and their operators have chosen the bound.
      LOG.debug(
          "Broker {} does not tell its {}: {}",
          broker.idString(),
          KEY,
          ClusterCheck.rootMessage(e));
      return Optional.empty();
    }
  }
}
