package io.sentencestreams.app.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Finds keys that neither Kafka nor this program knows: as a rule, typing errors. */
public final class ConfigNames {
  private static final List<String> CLIENT_PREFIXES =
      List.of(
          StreamsConfig.CONSUMER_PREFIX,
          StreamsConfig.MAIN_CONSUMER_PREFIX,
          StreamsConfig.RESTORE_CONSUMER_PREFIX,
          StreamsConfig.GLOBAL_CONSUMER_PREFIX,
          StreamsConfig.PRODUCER_PREFIX,
          StreamsConfig.ADMIN_CLIENT_PREFIX);

  /** Keys of the serializers that a schema registry comes with. */
  private static final List<String> REGISTRY_PREFIXES =
      List.of(
          "schema.registry.",
          "apicurio.",
          "basic.auth.",
          "bearer.auth.",
          "auto.register.schemas",
          "use.latest.version",
          "latest.",
          "normalize.schemas",
          "specific.avro.reader",
          "avro.",
          "key.subject.name.strategy",
          "value.subject.name.strategy");

  private ConfigNames() {}

  /** A sentence for each unknown key, with the nearest known one where there is one near. */
  public static List<String> unknown(Map<String, ?> properties, Collection<String> passThrough) {
    Set<String> known = known();
    List<String> allowed = new ArrayList<>(REGISTRY_PREFIXES);
    passThrough.stream().filter(prefix -> !prefix.isBlank()).forEach(allowed::add);
    List<String> problems = new ArrayList<>();
    for (String key : new TreeSet<>(properties.keySet())) {
      if (known.contains(key) || known.contains(withoutPrefix(key)) || topicKey(key)) {
        continue;
      }
      if (allowed.stream().anyMatch(key::startsWith)) {
        continue;
      }
      problems.add(
          nearest(key, known)
              .map(near -> "unknown key " + key + ": did you mean " + near + "?")
              .orElse(
                  "unknown key "
                      + key
                      + ": if a class named in this configuration reads it, add it to "
                      + AppConfig.PASS_THROUGH));
    }
    return problems;
  }

  private static Set<String> known() {
    Set<String> known = new TreeSet<>(AppConfig.definition().names());
    known.addAll(StreamsConfig.configDef().names());
    known.addAll(ConsumerConfig.configNames());
    known.addAll(ProducerConfig.configNames());
    known.addAll(AdminClientConfig.configNames());
    return known;
  }

  private static String withoutPrefix(String key) {
    for (String prefix : CLIENT_PREFIXES) {
      if (key.startsWith(prefix)) {
        return key.substring(prefix.length());
      }
    }
    return key;
  }

  private static boolean topicKey(String key) {
    return key.startsWith(StreamsConfig.TOPIC_PREFIX)
        && TOPIC_KEYS.contains(key.substring(StreamsConfig.TOPIC_PREFIX.length()));
  }

  private static final Set<String> TOPIC_KEYS =
      Set.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.COMPRESSION_TYPE_CONFIG,
          TopicConfig.DELETE_RETENTION_MS_CONFIG,
          TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG,
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
          TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
          TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
          TopicConfig.RETENTION_BYTES_CONFIG,
          TopicConfig.RETENTION_MS_CONFIG,
          TopicConfig.SEGMENT_BYTES_CONFIG,
          TopicConfig.SEGMENT_MS_CONFIG,
          TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG);

  private static Optional<String> nearest(String key, Set<String> known) {
    String bare = withoutPrefix(key);
    String prefix = key.substring(0, key.length() - bare.length());
    int near = Math.max(2, bare.length() / 4);
    return known.stream()
        .min(Comparator.comparingInt(candidate -> distance(bare, candidate)))
        .filter(candidate -> distance(bare, candidate) <= near)
        .map(candidate -> prefix + candidate);
  }

  /** Edit distance (Levenshtein). */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
