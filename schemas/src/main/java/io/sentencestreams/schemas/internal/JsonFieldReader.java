package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.sentencestreams.schemas.InvalidRecordException;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.Locale;
import org.apache.kafka.common.header.Headers;

/**
 * A string in a JSON document, found while the document streams past: no tree is built, and only
 * the string itself is kept. The rest is still read to its end, because a document that breaks off
 * is not trusted, and because a name that occurs twice makes the field ambiguous.
 */
final class JsonFieldReader implements FieldReader {
  private final FieldPath path;
  private final boolean integers;

  JsonFieldReader(FieldPath path, boolean integers) {
    this.path = path;
    this.integers = integers;
  }

  @Override
  public String read(String topic, Headers headers, byte[] value) {
    try (JsonParser json = Json.FACTORY.createParser(value)) {
      if (json.nextToken() == null) {
        throw new InvalidRecordException("not JSON: the value is empty");
      }
      String found = find(json, 0);
      if (found == null) {
        throw new InvalidRecordException("the JSON value has no " + path);
      }
      refuseMore(json);
      return found;
    } catch (StreamConstraintsException e) {
      throw new InvalidRecordException(
          "the JSON value is beyond what is read: " + e.getOriginalMessage(), e);
    } catch (JsonProcessingException e) {
      throw new InvalidRecordException(
          "not JSON: %s%s".formatted(e.getOriginalMessage(), at(e)), e);
    } catch (CharConversionException e) {
      throw new InvalidRecordException("not JSON: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new AssertionError("the parser reads from memory", e);
    }
  }

  /** The string at the rest of the path within the current value, which is read to its end. */
  private String find(JsonParser json, int depth) throws IOException {
    if (depth == path.size()) {
      return scalar(json);
    }
    return switch (json.currentToken()) {
      case START_OBJECT -> findInObject(json, depth);
      case START_ARRAY -> findInArray(json, depth);
      default ->
          throw new InvalidRecordException(
              "the JSON value has no %s: %s where an object or array is expected for '%s'"
                  .formatted(path, describe(json.currentToken()), path.step(depth)));
    };
  }

  private String findInObject(JsonParser json, int depth) throws IOException {
    String found = null;
    boolean seen = false;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      boolean match = json.currentName().equals(path.step(depth));
      json.nextToken();
      if (!match) {
        json.skipChildren();
        continue;
      }
      if (seen) {
        throw new InvalidRecordException(
            "the JSON value has '%s' twice in one object, so that %s is ambiguous"
                .formatted(path.step(depth), path));
      }
      seen = true;
      found = find(json, depth + 1);
    }
    return found;
  }

  private String findInArray(JsonParser json, int depth) throws IOException {
    String found = null;
    for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
      if (Integer.toString(i).equals(path.step(depth))) {
        found = find(json, depth + 1);
      } else {
        json.skipChildren();
      }
    }
    return found;
  }

  private String scalar(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    if (token == JsonToken.VALUE_STRING || (integers && token == JsonToken.VALUE_NUMBER_INT)) {
      return json.getText();
    }
    throw new InvalidRecordException(
        "%s of the JSON value is %s where %s is expected"
            .formatted(path, describe(token), integers ? "a string or an integer" : "a string"));
  }

  private static void refuseMore(JsonParser json) throws IOException {
    boolean more;
    try {
      more = json.nextToken() != null;
    } catch (JsonParseException e) {
      more = true;
    }
    if (more) {
      throw new InvalidRecordException(
          "more follows the JSON value, from byte %d on"
              .formatted(json.currentTokenLocation().getByteOffset() + 1));
    }
  }

  private static String at(JsonProcessingException e) {
    return e.getLocation() == null || e.getLocation().getByteOffset() < 0
        ? ""
        : " at byte " + (e.getLocation().getByteOffset() + 1);
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      case VALUE_NULL -> "null";
      default -> token.name().toLowerCase(Locale.ROOT);
    };
  }
}
