package io.sentencestreams.app.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Kafka's {@code auto.offset.reset}, for the topics of texts only. Kafka Streams has it hold for
 * the topics between its own processors too (4.3.1 adds their sources without a policy, so that
 * {@code StreamThread.resetOffsets} takes that of the consumer): anything but {@code earliest}
 * would pass over what lies there where no offset has been committed yet, or it has expired.
 */
final class InputReset {
  private static final String KEY = ConsumerConfig.AUTO_OFFSET_RESET_CONFIG;

  /** The most specific key wins. */
  private static final List<String> KEYS =
      List.of(StreamsConfig.mainConsumerPrefix(KEY), StreamsConfig.consumerPrefix(KEY), KEY);

  private static final String BY_DURATION = "by_duration:";

  private InputReset() {}

  /**
   * What the user has set, else the earliest.
   *
   * @throws ConfigException if it is none of Kafka's policies
   */
  static AutoOffsetReset of(Map<String, ?> user) {
    String policy =
        KEYS.stream()
            .map(user::get)
            .filter(Objects::nonNull)
            .map(Object::toString)
            .findFirst()
            .orElse("earliest")
            .toLowerCase(Locale.ROOT);
    return switch (policy) {
      case "earliest" -> AutoOffsetReset.earliest();
      case "latest" -> AutoOffsetReset.latest();
      case "none" -> AutoOffsetReset.none();
      default -> byDuration(policy);
    };
  }

  private static AutoOffsetReset byDuration(String policy) {
    try {
      if (policy.startsWith(BY_DURATION)) {
        return AutoOffsetReset.byDuration(Duration.parse(policy.substring(BY_DURATION.length())));
      }
    } catch (DateTimeParseException | IllegalArgumentException e) {
      throw new ConfigException(KEY, policy, e.getMessage());
    }
    throw new ConfigException(KEY, policy, "must be earliest, latest, none or by_duration:PERIOD");
  }

  /** Has the consumer read all other topics from the beginning. */
  static void keepToInput(Map<String, Object> properties) {
    KEYS.forEach(properties::remove);
    properties.put(KEYS.get(0), "earliest");
  }
}
