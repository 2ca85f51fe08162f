package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/** A JSON file whose errors name it. */
record JsonFile(Path file, JsonNode root) {
  /** The words of a large table of embeddings have a tenth of it. */
  private static final long MOST_BYTES = 256 << 20;

  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static JsonFile read(Path file) {
    try {
      requireReadable(file);
      return parse(file, Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new CheckpointException("%s is missing".formatted(file), e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /** The content of a file that need not be on this machine. */
  static JsonFile parse(Path file, byte[] json) {
    try {
      return new JsonFile(file, MAPPER.readTree(json));
    } catch (JacksonException e) {
      throw new CheckpointException(
          "%s is not valid JSON: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /**
   * Checks that a file is no larger than what is read at once.
   *
   * @throws CheckpointException if it is; one that is missing is not
   */
  static void requireReadable(Path file) {
    long size = file.toFile().length();
    if (size > MOST_BYTES) {
      throw new CheckpointException(
          "%s has %d bytes; the most that is read is %d".formatted(file, size, MOST_BYTES));
    }
  }

  /** The text under a key that must be there. */
  String text(String key) {
    JsonNode value = root.path(key);
    if (!value.isTextual()) {
      throw error("%s must be a text, not %s".formatted(key, describe(value)));
    }
    return value.asText();
  }

  /** The number under the first of the keys that is there; families name them differently. */
  int positive(String... keys) {
    for (String key : keys) {
      JsonNode value = root.path(key);
      if (!value.isMissingNode()) {
        if (!value.canConvertToInt() || value.asInt() <= 0) {
          throw error("%s must be a positive integer, not %s".formatted(key, describe(value)));
        }
        return value.asInt();
      }
    }
    throw error("%s is missing".formatted(keys.length == 1 ? keys[0] : Arrays.toString(keys)));
  }

  CheckpointException error(String problem) {
    return new CheckpointException("%s: %s".formatted(file, problem));
  }

  private static String describe(JsonNode value) {
    return value.isMissingNode() ? "missing" : value.toString();
  }
}
