package io.sentencestreams.app.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.app.clusters.ClusteredText;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.kafka.common.serialization.Serializer;

/** Clusters and their texts as the API shows them. */
final class ClusterJson {
  private ClusterJson() {}

  /** As on the topic of clusters, in JSON. */
  static JsonNode of(ClusterRecord cluster) {
    try (Serializer<ClusterRecord> serializer =
        ClusterSerdes.serializer(Map.of("output.format", "json"))) {
      return Wire.JSON.readTree(serializer.serialize("", cluster));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it was written a moment ago
    }
  }

  /** With its cluster, null for noise. */
  static ObjectNode of(ClusteredText text) {
    ObjectNode json = Wire.JSON.valueToTree(text);
    if (text.cluster() == null) {
      json.putNull("cluster");
    }
    return json;
  }
}
