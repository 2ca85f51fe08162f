package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Compares requests and answers with the OpenAPI document that a server gives of itself. */
final class OpenApiContract {
  private static final String IRI = "https://openapi.test/document";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode document;
  private final SchemaRegistry schemas;

  OpenApiContract(String document) throws IOException {
    this.document = JSON.readTree(document);
    this.schemas =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(IRI, document)));
  }

  /** The answer is of a status and type that the operation may have, and fits its schema. */
  void assertDescribed(String method, String pathTemplate, HttpResponse<String> response)
      throws IOException {
    String status = Integer.toString(response.statusCode());
    JsonNode responses =
        document
            .path("paths")
            .path(pathTemplate)
            .path(method.toLowerCase(Locale.ROOT))
            .path("responses");
    assertThat(responses.has(status))
        .as("%s %s may answer %s, and did: %s", method, pathTemplate, status, response.body())
        .isTrue();
    String pointer =
        "/paths/%s/%s/responses/%s"
            .formatted(escaped(pathTemplate), method.toLowerCase(Locale.ROOT), status);
    if (document.at(pointer).has("$ref")) {
      pointer = document.at(pointer).path("$ref").asText().substring(1);
    }
    String type = response.headers().firstValue("Content-Type").orElseThrow();
    pointer += "/content/" + escaped(type) + "/schema";
    assertThat(document.at(pointer).isMissingNode()).as("%s is described", pointer).isFalse();
    assertThat(errors(pointer, response.body())).as("answer %s", response.body()).isEmpty();
  }

  /** What is wrong with a body for a search of neighbours. */
  List<Error> errorsOfRequest(String body) {
    return errors("/components/schemas/NeighboursRequest", body);
  }

  private List<Error> errors(String pointer, String json) {
    try {
      return schemas
          .getSchema(SchemaLocation.of(IRI + "#" + pointer))
          .validate(JSON.readTree(json));
    } catch (IOException e) {
      throw new IllegalStateException(json, e);
    }
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
