package io.sentencestreams.model.tokenization;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The files of XLM's or FlauBERT's tokenizer.
 *
 * @param ids of pieces and of special tokens
 * @param merges of the characters of a word
 * @param special tokens that are found in a text before it is cut into words
 * @param begin id of the token before a text
 * @param end id of the token behind a text
 * @param unknown id of what has none
 * @param french whether it is FlauBERT's
 * @param lowerCase whether it makes small letters
 */
record XlmVocabulary(
    Map<String, Integer> ids,
    PairMerges merges,
    Set<String> special,
    int begin,
    int end,
    int unknown,
    boolean french,
    boolean lowerCase) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Names of single special tokens, and what they are where no file says. */
  private static final Map<String, String> NAMED =
      Map.of(
          "unk_token", "<unk>",
          "bos_token", "<s>",
          "sep_token", "</s>",
          "pad_token", "<pad>",
          "cls_token", "</s>",
          "mask_token", "<special1>");

  private static final int NUMBERED = 10;

  /**
   * Reads them.
   *
   * @param rows of the model's table of words
   * @throws CheckpointException if one is damaged, or has an id that the table has no row for
   */
  static XlmVocabulary read(Path directory, int rows) {
    JsonNode settings = optional(directory.resolve("tokenizer_config.json"));
    JsonNode map = optional(directory.resolve("special_tokens_map.json"));
    Map<String, Integer> ids = ids(directory.resolve("vocab.json"), rows);
    Set<String> special = new LinkedHashSet<>();
    Map<String, String> named = new HashMap<>();
    // With tokens that have their ids beside them the map is not read.
    boolean mapCounts = !settings.has("added_tokens_decoder");
    NAMED.forEach(
        (name, usual) -> {
          JsonNode value = mapCounts && map.has(name) ? map.path(name) : settings.path(name);
          named.put(name, content(value, usual));
        });
    special.addAll(named.values());
    special.addAll(others(settings, mapCounts ? map : JSON.createObjectNode()));
    settings
        .path("added_tokens_decoder")
        .properties()
        .forEach(token -> special.add(content(token.getValue(), "")));
    if (mapCounts) {
      optional(directory.resolve("added_tokens.json"))
          .properties()
          .forEach(
              token -> {
                special.add(token.getKey());
                ids.putIfAbsent(
                    token.getKey(), id(directory.resolve("added_tokens.json"), token, rows));
              });
    }
    special.retainAll(ids.keySet());
    boolean french =
        TokenizerFiles.xlmClass(directory).filter("FlaubertTokenizer"::equals).isPresent();
    return new XlmVocabulary(
        ids,
        merges(directory.resolve("merges.txt")),
        special,
        required(directory, ids, named.get("bos_token")),
        required(directory, ids, named.get("sep_token")),
        required(directory, ids, named.get("unk_token")),
        french,
        french
            ? settings.path("do_lowercase").asBoolean(false)
            : settings.path("do_lowercase_and_remove_accent").asBoolean(true));
  }

  /** Finds special tokens in a text, the longest first. */
  Pattern specialTokens() {
    return Pattern.compile(
        special.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(Collectors.joining("|")));
  }

  /** The id of a piece or a special token. */
  int id(String token) {
    return ids.getOrDefault(token, unknown);
  }

  private static Map<String, Integer> ids(Path file, int rows) {
    JsonNode root = json(file);
    if (!root.isObject() || root.isEmpty()) {
      throw new CheckpointException("%s has no pieces with their ids".formatted(file));
    }
    Map<String, Integer> ids = new HashMap<>(2 * root.size());
    root.properties().forEach(piece -> ids.put(piece.getKey(), id(file, piece, rows)));
    return ids;
  }

  private static int id(Path file, Map.Entry<String, JsonNode> token, int rows) {
    JsonNode id = token.getValue();
    if (!id.canConvertToInt() || id.asInt() < 0 || id.asInt() >= rows) {
      throw new CheckpointException(
          "%s: the id of '%s' is %s; the model has %d".formatted(file, token.getKey(), id, rows));
    }
    return id.asInt();
  }

  /** As the reference reads it: what stands behind the last line end is no merge. */
  private static PairMerges merges(Path file) {
    List<String> lines =
        List.of(text(file).replace("\r\n", "\n").replace('\r', '\n').split("\n", -1));
    return new PairMerges(lines.subList(0, lines.size() - 1));
  }

  /** Special tokens without a task of their own. */
  private static Set<String> others(JsonNode settings, JsonNode map) {
    Set<String> tokens = new LinkedHashSet<>();
    for (JsonNode source : List.of(map, settings)) {
      for (String key : List.of("additional_special_tokens", "extra_special_tokens")) {
        source.path(key).forEach(token -> tokens.add(content(token, "")));
      }
      if (!tokens.isEmpty()) {
        return tokens;
      }
    }
    for (int i = 0; i < NUMBERED; i++) {
      tokens.add("<special%d>".formatted(i));
    }
    return tokens;
  }

  /** A token's text, which stands alone or with what may stand around it. */
  private static String content(JsonNode token, String missing) {
    JsonNode text = token.isObject() ? token.path("content") : token;
    return text.isTextual() && !text.asText().isEmpty() ? text.asText() : missing;
  }

  private static int required(Path directory, Map<String, Integer> ids, String token) {
    Integer id = ids.get(token);
    if (id == null) {
      throw new CheckpointException(
          "%s: the vocabulary lacks the token %s".formatted(directory, token));
    }
    return id;
  }

  private static JsonNode optional(Path file) {
    return Files.isRegularFile(file) ? json(file) : JSON.createObjectNode();
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new CheckpointException("%s is not valid JSON: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }
}
