package io.sentencestreams.app.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;

/** What this program sets of Kafka's properties where the user does not, and why. */
public final class KafkaDefaults {
  private static final String EXACTLY_ONCE = StreamsConfig.EXACTLY_ONCE_V2;
  private static final String AT_LEAST_ONCE = StreamsConfig.AT_LEAST_ONCE;

  private KafkaDefaults() {}

  /**
   * The defaults that go with a configuration.
   *
   * @throws ConfigException if a property of Kafka has a value that this program cannot keep its
   *     promises with
   */
  static Map<String, Object> of(Map<String, ?> user) {
    Map<String, Object> defaults = new HashMap<>();
    defaults.put(StreamsConfig.APPLICATION_ID_CONFIG, "sentence-streams");
    defaults.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, EXACTLY_ONCE);
    // Under at-least-once a slot of the in-flight store is emptied at the commit after its
    // forwarding, so Kafka's 30 seconds would keep half a minute of records in it.
    if (AT_LEAST_ONCE.equals(user.get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG))) {
      defaults.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
    }
    // Results are forwarded between two polls: this bounds what a poll without records adds.
    defaults.put(StreamsConfig.POLL_MS_CONFIG, 5);
    // A stream thread takes part in a rebalance only when it has processed all that a poll brought:
    // few records at a time keep that short where the encoder is slow, and within a transaction.
    mainConsumer(defaults, user, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 100);
    // An embedding takes some 5 kB: with Kafka's 16 kB a batch would hold three of them, and what a
    // batch costs in producer and broker would be paid for every third.
    producer(defaults, user, ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    // The window may hold gigabytes; a standby makes a takeover quick.
    defaults.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
    defaults.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    defaults.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder().toString());
    // Room for the dirty entries of what is in flight, so that they wait for the commit.
    defaults.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    // A record with a broken timestamp is a record all the same.
    defaults.put(
        StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG,
        UsePartitionTimeOnInvalidTimestamp.class.getName());
    // A killed instance is noticed after this time; Kafka's 45 seconds are long for a stream.
    mainConsumer(defaults, user, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
    check(user);
    return defaults;
  }

  /**
   * The most specific prefix wins in Kafka Streams, so a less specific key of the user's must too.
   */
  private static void mainConsumer(
      Map<String, Object> defaults, Map<String, ?> user, String key, Object value) {
    if (!user.containsKey(key) && !user.containsKey(StreamsConfig.consumerPrefix(key))) {
      defaults.put(StreamsConfig.mainConsumerPrefix(key), value);
    }
  }

  private static void producer(
      Map<String, Object> defaults, Map<String, ?> user, String key, Object value) {
    if (!user.containsKey(key)) {
      defaults.put(StreamsConfig.producerPrefix(key), value);
    }
  }

  /** The folder for state, under the user's, not under {@code /tmp} where it would be swept. */
  private static Path stateFolder() {
    String home = System.getenv("SENTENCE_STREAMS_HOME");
    return home != null && !home.isBlank()
        ? Path.of(home, "state")
        : Path.of(System.getProperty("user.home"), ".local", "state", "sentence-streams");
  }

  private static void check(Map<String, ?> user) {
    Object bootstrap = user.get(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG);
    if (bootstrap == null || bootstrap.toString().isBlank()) {
      throw new ConfigException(
          StreamsConfig.BOOTSTRAP_SERVERS_CONFIG
              + " is missing: give the broker's address, such as localhost:9092");
    }
    Object guarantee = user.get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG);
    if (guarantee != null && !EXACTLY_ONCE.equals(guarantee) && !AT_LEAST_ONCE.equals(guarantee)) {
      throw new ConfigException(
          StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
          guarantee,
          "must be " + EXACTLY_ONCE + " or " + AT_LEAST_ONCE);
    }
    Object protocol = user.get(StreamsConfig.GROUP_PROTOCOL_CONFIG);
    if (protocol != null && !"classic".equalsIgnoreCase(protocol.toString())) {
      throw new ConfigException(
          StreamsConfig.GROUP_PROTOCOL_CONFIG,
          protocol,
          "must be classic: with another protocol Kafka Streams makes consumers that this program"
              + " cannot watch, and a process that was frozen might write twice");
    }
    for (String handler :
        new String[] {
          StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
          "default.production.exception.handler", // deprecated, and still obeyed
          StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG
        }) {
      if (user.containsKey(handler)) {
        throw new ConfigException(
            handler,
            user.get(handler),
            "a handler that goes on after an error can lose what is in flight; leave it out, bad"
                + " records go to the dead-letter topic by themselves");
      }
    }
  }
}
