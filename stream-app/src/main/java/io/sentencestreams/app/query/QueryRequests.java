package io.sentencestreams.app.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads what is asked over HTTP, and refuses what it does not understand. */
final class QueryRequests {
  /** {@value}: the most components of a vector. */
  static final int MAX_DIMENSION = 8192;

  private static final Set<String> NEIGHBOURS =
      Set.of("text", "vector", "model_version", "k", "min_similarity", "partial");
  private static final List<String> TEXTS = List.of("limit", "partial");
  private static final List<String> PARTIAL = List.of("partial");

  private QueryRequests() {}

  /**
   * A query for neighbours.
   *
   * @throws QueryException.Invalid if the body is something else
   */
  static NeighboursQuery neighbours(byte[] body) throws IOException {
    JsonNode json;
    try {
      json = Wire.JSON.readTree(body);
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " (line %d, column %d)"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw new QueryException.Invalid(
          "malformed_json", "the body is not JSON: " + e.getOriginalMessage() + where);
    }
    if (json == null || !json.isObject()) {
      throw new QueryException.Invalid("malformed_json", "the body must be a JSON object");
    }
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!NEIGHBOURS.contains(name)) {
        throw new QueryException.Invalid(
            "unknown_field",
            "there is no field %s; there are %s"
                .formatted(name, String.join(", ", new TreeSet<>(NEIGHBOURS))));
      }
    }
    return new NeighboursQuery(
        string(json, "text"),
        vector(json),
        string(json, "model_version"),
        integer(json),
        similarity(json),
        bool(json));
  }

  private static JsonNode field(JsonNode json, String name) {
    JsonNode field = json.get(name);
    return field == null || field.isNull() ? null : field;
  }

  private static QueryException.Invalid wrong(String name, String must) {
    return new QueryException.Invalid("wrong_type", "%s must be %s".formatted(name, must));
  }

  private static String string(JsonNode json, String name) {
    JsonNode field = field(json, name);
    if (field != null && !field.isTextual()) {
      throw wrong(name, "a string");
    }
    return field == null ? null : field.textValue();
  }

  private static int integer(JsonNode json) {
    JsonNode field = field(json, "k");
    if (field == null) {
      return NeighboursQuery.DEFAULT_K;
    }
    if (!field.isIntegralNumber()) {
      throw wrong("k", "an integer");
    }
    if (!field.canConvertToInt()) {
      throw new QueryException.Invalid(
          "out_of_range",
          "k is %s, and must be from 1 to %d".formatted(field, NeighboursQuery.MAX_K));
    }
    return field.intValue();
  }

  private static float similarity(JsonNode json) {
    JsonNode field = field(json, "min_similarity");
    if (field != null && !field.isNumber()) {
      throw wrong("min_similarity", "a number");
    }
    return field == null ? -1 : field.floatValue();
  }

  private static boolean bool(JsonNode json) {
    JsonNode field = field(json, "partial");
    if (field != null && !field.isBoolean()) {
      throw wrong("partial", "true or false");
    }
    return field != null && field.booleanValue();
  }

  private static float[] vector(JsonNode json) {
    JsonNode field = field(json, "vector");
    if (field == null) {
      return null;
    }
    if (!field.isArray()) {
      throw wrong("vector", "an array of numbers");
    }
    if (field.size() < 1 || field.size() > MAX_DIMENSION) {
      throw new QueryException.Invalid(
          "wrong_dimension",
          "the vector has %d components, and must have from 1 to %d"
              .formatted(field.size(), MAX_DIMENSION));
    }
    float[] vector = new float[field.size()];
    for (int i = 0; i < vector.length; i++) {
      if (!field.get(i).isNumber()) {
        throw wrong("vector[" + i + "]", "a number");
      }
      vector[i] = field.get(i).floatValue();
    }
    return vector;
  }

  /**
   * Parameters of a query for texts.
   *
   * @param limit how many
   * @param partial whether a partial answer is wanted
   */
  record TextsParameters(int limit, boolean partial) {}

  /**
   * The parameters after the question mark.
   *
   * @throws QueryException.Invalid if there are others, or one has no such value
   */
  static TextsParameters texts(String rawQuery, int defaultLimit) {
    Map<String, String> parameters = parameters(rawQuery, TEXTS);
    try {
      int limit = Integer.parseInt(parameters.getOrDefault("limit", "" + defaultLimit));
      return new TextsParameters(limit, partial(parameters));
    } catch (NumberFormatException e) {
      throw wrong("limit", "an integer");
    }
  }

  /**
   * Whether a partial answer is wanted; there is no other parameter.
   *
   * @throws QueryException.Invalid if there are others, or it has no such value
   */
  static boolean partial(String rawQuery) {
    return partial(parameters(rawQuery, PARTIAL));
  }

  private static boolean partial(Map<String, String> parameters) {
    String partial = parameters.getOrDefault("partial", "false");
    if (!partial.equals("true") && !partial.equals("false")) {
      throw wrong("partial", "true or false");
    }
    return partial.equals("true");
  }

  /**
   * The parameters after the question mark.
   *
   * @param names that there may be
   * @throws QueryException.Invalid if there are others, or one is there twice
   */
  static Map<String, String> parameters(String rawQuery, List<String> names) {
    Map<String, String> parameters = new HashMap<>();
    if (rawQuery == null || rawQuery.isEmpty()) {
      return parameters;
    }
    for (String parameter : rawQuery.split("&", -1)) {
      String[] parts = parameter.split("=", 2);
      String name = decode(parts[0]);
      if (!names.contains(name) || parts.length < 2) {
        throw new QueryException.Invalid(
            "unknown_parameter",
            "there is no parameter %s; there are %s"
                .formatted(parameter, names.isEmpty() ? "none" : String.join(", ", names)));
      }
      if (parameters.put(name, decode(parts[1])) != null) {
        throw new QueryException.Invalid("unknown_parameter", name + " is there twice");
      }
    }
    return parameters;
  }

  /**
   * Takes the escapes out of a part of a path or a query.
   *
   * @throws QueryException.Invalid if one is broken
   */
  static String decode(String raw) {
    try {
      return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new QueryException.Invalid(
          "malformed_escape", "%s has a broken percent escape".formatted(raw));
    }
  }
}
