package io.sentencestreams.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;

/** Confluent's REST paths of a schema registry, as far as a serializer needs them. */
public final class RegistryClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;

  /** A client of the registry at an address. */
  public RegistryClient(String url) {
    this.url = url;
  }

  /** Registers a schema, or finds it. */
  public int register(String subject, Schema schema) {
    try {
      String path = "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + "/versions";
      String body = JSON.writeValueAsString(Map.of("schema", schema.toString()));
      return send(HttpRequest.newBuilder(URI.create(url + path))
              .header("Content-Type", "application/vnd.schemaregistry.v1+json")
              .POST(HttpRequest.BodyPublishers.ofString(body)))
          .get("id")
          .intValue();
    } catch (IOException e) {
      throw new SerializationException("Error registering Avro schema", e);
    }
  }

  /** The schema with an id. */
  public Schema schema(int id) {
    try {
      JsonNode answer = send(HttpRequest.newBuilder(URI.create(url + "/schemas/ids/" + id)));
      return new Schema.Parser().parse(answer.get("schema").textValue());
    } catch (IOException e) {
      throw new SerializationException("Error retrieving Avro schema for id " + id, e);
    }
  }

  private JsonNode send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new RestClientException(response.body(), response.statusCode());
      }
      return JSON.readTree(response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Has the status where Confluent's exception has it. */
  public static final class RestClientException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int status;

    RestClientException(String message, int status) {
      super(message + "; status: " + status);
      this.status = status;
    }

    /** The HTTP status. */
    public int getStatus() {
      return status;
    }
  }
}
