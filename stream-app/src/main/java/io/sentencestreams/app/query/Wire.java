package io.sentencestreams.app.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;

/** JSON of the API, and what instances say to each other. */
final class Wire {
  /** Names with underscores, as on the topics. Thread-safe. */
  static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  /** {@value}: the folder of the paths between instances. */
  static final String PEER_PATH = "/internal/window/";

  private Wire() {}

  /**
   * A question of one instance to another.
   *
   * @param applicationId of the asker: another application's window is another one
   * @param partitions that are asked
   * @param leftMillis how long the asker waits for the answer; null: as long as any query takes
   * @param question as the operation defines it
   */
  record PeerQuestion(
      String applicationId, List<Integer> partitions, Long leftMillis, JsonNode question) {}

  /**
   * The answer.
   *
   * @param answers by partition, as the operation defines them
   * @param missing why the other partitions have none
   */
  record PeerAnswer(Map<Integer, JsonNode> answers, Map<Integer, String> missing) {}
}
