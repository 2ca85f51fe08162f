package io.sentencestreams.model.tokenization;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * BERT's tokenization (Devlin et al. 2018) of texts in plain ASCII, some twenty times as fast as
 * the library's, which also knows what Unicode asks for. It gives the same tokens or none at all:
 * of a text with another character, with a control character, or with a token of the file's own
 * such as {@code [SEP]} in it, the caller asks the library.
 *
 * <p>A word's tokens are the longest that match from its start on, and are found in a trie, whose
 * edges lie in one hash table. Immutable, thread-safe.
 */
final class AsciiWordPiece {
  private static final int CHARACTERS = 128;
  private static final char DELETE = 127;
  private static final int NONE = -1;

  /** Where words begin in the trie, and where what continues them does. */
  private static final int WORDS = 0;

  private static final int CONTINUATIONS = 1;

  private final Trie trie;
  private final int unknown;
  private final int longestWord;
  private final boolean lowerCase;
  private final String[][] addedByFirst;

  private AsciiWordPiece(
      Trie trie, int unknown, int longestWord, boolean lowerCase, String[][] addedByFirst) {
    this.trie = trie;
    this.unknown = unknown;
    this.longestWord = longestWord;
    this.lowerCase = lowerCase;
    this.addedByFirst = addedByFirst;
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @return empty if the tokenizer is of another kind
   */
  static Optional<AsciiWordPiece> of(JsonNode json) {
    JsonNode normalizer = json.path("normalizer");
    JsonNode model = json.path("model");
    String prefix = model.path("continuing_subword_prefix").asText("");
    JsonNode unknown = model.path("vocab").path(model.path("unk_token").asText(""));
    Optional<String[][]> added = addedByFirst(json.path("added_tokens"));
    boolean known =
        normalizer.path("type").asText("").equals("BertNormalizer")
            && normalizer.path("clean_text").asBoolean(false)
            && normalizer.path("lowercase").isBoolean()
            && json.path("pre_tokenizer").path("type").asText("").equals("BertPreTokenizer")
            && model.path("type").asText("").equals("WordPiece")
            && model.path("max_input_chars_per_word").canConvertToInt()
            && !prefix.isEmpty()
            && unknown.canConvertToInt()
            && json.path("truncation").path("direction").asText("Right").equals("Right")
            && added.isPresent();
    if (!known) {
      return Optional.empty();
    }
    Trie trie = new Trie();
    for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
      String token = entry.getKey();
      int id = entry.getValue().asInt();
      if (token.length() > prefix.length() && token.startsWith(prefix)) {
        trie.add(CONTINUATIONS, token.substring(prefix.length()), id);
      }
      trie.add(WORDS, token, id);
    }
    return Optional.of(
        new AsciiWordPiece(
            trie,
            unknown.asInt(),
            model.path("max_input_chars_per_word").asInt(),
            normalizer.path("lowercase").asBoolean(),
            added.get()));
  }

  /**
   * Tokens that are found before a text is taken apart; empty if there is more to some than signs
   * of ASCII, which normalization leaves as they are but for their case.
   */
  private static Optional<String[][]> addedByFirst(JsonNode tokens) {
    List<List<String>> byFirst = new ArrayList<>();
    for (int i = 0; i < CHARACTERS; i++) {
      byFirst.add(new ArrayList<>());
    }
    for (JsonNode token : tokens) {
      String content = token.path("content").asText("");
      if (content.isEmpty() || !content.chars().allMatch(c -> c > ' ' && c < DELETE)) {
        return Optional.empty();
      }
      char first = content.charAt(0);
      byFirst.get(lower(first)).add(content);
      if (upper(first) != lower(first)) {
        byFirst.get(upper(first)).add(content);
      }
    }
    return Optional.of(
        byFirst.stream().map(list -> list.toArray(String[]::new)).toArray(String[][]::new));
  }

  /**
   * A text's tokens, without the special ones around it.
   *
   * @param ids the first of them, as many as were asked for
   * @param count how many there are
   */
  record Tokens(int[] ids, int count) {}

  /**
   * Tokenizes a text.
   *
   * @param most how many tokens to return at most; all are counted
   * @return null if the text is one for the library
   */
  Tokens tokenize(String text, int most) {
    int[] ids = new int[Math.min(most, text.length())];
    int count = 0;
    int length = text.length();
    int at = 0;
    while (at < length) {
      char c = text.charAt(at);
      if (!isPlain(c) || startsAdded(text, at, c)) {
        return null;
      }
      if (isSpace(c)) {
        at++;
        continue;
      }
      int end = at + 1;
      if (isWordCharacter(c)) {
        while (end < length && isWordCharacter(text.charAt(end))) {
          if (startsAdded(text, end, text.charAt(end))) {
            return null;
          }
          end++;
        }
        if (end < length && !isPlain(text.charAt(end))) {
          return null;
        }
      }
      count = word(text, at, end, ids, count);
      at = end;
    }
    return new Tokens(count < ids.length ? Arrays.copyOf(ids, count) : ids, count);
  }

  /** Appends a word's tokens; returns how many there are now. */
  private int word(String text, int start, int end, int[] ids, int before) {
    int count = before;
    int at = end - start > longestWord ? NONE : start;
    while (at != NONE && at < end) {
      int node = at == start ? WORDS : CONTINUATIONS;
      int token = NONE;
      int tokenEnd = NONE;
      for (int i = at; i < end; i++) {
        char c = text.charAt(i);
        node = trie.child(node, lowerCase ? lower(c) : c);
        if (node == NONE) {
          break;
        }
        if (trie.token(node) != NONE) {
          token = trie.token(node);
          tokenEnd = i + 1;
        }
      }
      if (token != NONE) {
        count = append(token, ids, count);
      }
      at = tokenEnd;
    }
    // A word of which some part is unknown is unknown whole.
    return at == NONE ? append(unknown, ids, before) : count;
  }

  private static int append(int token, int[] ids, int count) {
    if (count < ids.length) {
      ids[count] = token;
    }
    return count + 1;
  }

  /** Whether one of the file's own tokens may stand here, in whatever case. */
  private boolean startsAdded(String text, int at, char c) {
    for (String token : addedByFirst[c]) {
      if (text.regionMatches(true, at, token, 0, token.length())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isPlain(char c) {
    return (c >= ' ' && c < DELETE) || isSpace(c);
  }

  /** White space of ASCII that is no control character to a tokenizer. */
  static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isWordCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c;
  }

  private static char upper(char c) {
    return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
  }

  /** Strings of ASCII and their tokens. Edges are a table with open addresses. */
  private static final class Trie {
    private static final int BITS = 7; // of a character
    private static final int MULTIPLIER = 0x9E3779B9;

    private int[] keys = new int[1 << 10];
    private int[] children = new int[1 << 10];
    private int edges;
    private int[] tokens = new int[1 << 10];
    private int nodes = 2; // both roots

    Trie() {
      Arrays.fill(keys, NONE);
      Arrays.fill(tokens, NONE);
    }

    /** Adds a string, unless there are other characters in it. */
    void add(int root, String string, int token) {
      if (string.isEmpty() || !string.chars().allMatch(c -> c < CHARACTERS)) {
        return;
      }
      int node = root;
      for (int i = 0; i < string.length(); i++) {
        int next = child(node, string.charAt(i));
        if (next == NONE) {
          next = nodes++;
          put((node << BITS) | string.charAt(i), next);
          if (next == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * next);
            Arrays.fill(tokens, next, 2 * next, NONE);
          }
        }
        node = next;
      }
      tokens[node] = token;
    }

    int token(int node) {
      return tokens[node];
    }

    int child(int node, char c) {
      int key = (node << BITS) | c;
      int slot = slot(key);
      return keys[slot] == key ? children[slot] : NONE;
    }

    /** Where a key is, or where it would be. */
    private int slot(int key) {
      int mask = keys.length - 1;
      int slot = ((key * MULTIPLIER) >>> BITS) & mask;
      while (keys[slot] != key && keys[slot] != NONE) {
        slot = (slot + 1) & mask;
      }
      return slot;
    }

    private void put(int key, int child) {
      if (2 * ++edges > keys.length) {
        int[] oldKeys = keys;
        int[] oldChildren = children;
        keys = new int[2 * oldKeys.length];
        children = new int[2 * oldKeys.length];
        Arrays.fill(keys, NONE);
        for (int i = 0; i < oldKeys.length; i++) {
          if (oldKeys[i] != NONE) {
            int slot = slot(oldKeys[i]);
            keys[slot] = oldKeys[i];
            children[slot] = oldChildren[i];
          }
        }
      }
      int slot = slot(key);
      keys[slot] = key;
      children[slot] = child;
    }
  }
}
