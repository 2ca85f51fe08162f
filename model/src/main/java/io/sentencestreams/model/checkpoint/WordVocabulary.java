package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The words of word embeddings, and how a text is cut into them.
 *
 * @param kind what cuts a text
 * @param words in the order of the rows of the table
 * @param stopWords words that are left out of a text
 * @param lowerCase whether texts are lower-cased first; with phrases it has no effect, as in the
 *     reference
 * @param separator what is between the words of a phrase
 * @param longestPhrase the most words of a phrase
 */
public record WordVocabulary(
    Kind kind,
    List<String> words,
    Set<String> stopWords,
    boolean lowerCase,
    String separator,
    int longestPhrase) {

  /** What cuts a text into words. */
  public enum Kind {
    /** White space; signs around a word are cut off where the word is not known with them. */
    WHITESPACE("whitespacetokenizer_config.json", "whitespace.WhitespaceTokenizer"),
    /** The rules of the Penn Treebank; words that are a phrase of the vocabulary are one word. */
    PHRASE("phrasetokenizer_config.json", "phrase.PhraseTokenizer");

    private final String file;
    private final String className;

    Kind(String file, String className) {
      this.file = file;
      this.className = className;
    }

    String file() {
      return file;
    }

    /** Its class in the reference. */
    String className() {
      return "sentence_transformers.sentence_transformer.modules.tokenizer." + className;
    }
  }

  public WordVocabulary {
    words = List.copyOf(words);
    stopWords = Set.copyOf(stopWords);
  }

  /** Words between white space, without stop words. */
  public static WordVocabulary of(List<String> words) {
    return new WordVocabulary(Kind.WHITESPACE, words, Set.of(), false, "_", 5);
  }

  /** Of another kind. */
  public WordVocabulary withKind(Kind value) {
    return new WordVocabulary(value, words, stopWords, lowerCase, separator, longestPhrase);
  }

  /** With words that are left out of a text. */
  public WordVocabulary withStopWords(Set<String> value) {
    return new WordVocabulary(kind, words, value, lowerCase, separator, longestPhrase);
  }

  /** With texts lower-cased first, or not. */
  public WordVocabulary withLowerCase(boolean value) {
    return new WordVocabulary(kind, words, stopWords, value, separator, longestPhrase);
  }

  /**
   * Reads the vocabulary of a module.
   *
   * @throws CheckpointException if its file is damaged, or has another number of words than the
   *     module's table has rows
   */
  public static WordVocabulary read(SentenceModule.WordEmbeddings module) {
    Path phrases = module.directory().resolve(Kind.PHRASE.file());
    Kind kind = Files.isRegularFile(phrases) ? Kind.PHRASE : Kind.WHITESPACE;
    JsonFile json = JsonFile.read(module.directory().resolve(kind.file()));
    List<String> words = texts(json, "vocab");
    if (words.size() != module.vocabularySize()) {
      throw json.error(
          "vocab has %d words, but the table of word embeddings has %d rows"
              .formatted(words.size(), module.vocabularySize()));
    }
    JsonNode root = json.root();
    return new WordVocabulary(
        kind,
        words,
        Set.copyOf(texts(json, "stop_words")),
        root.path("do_lower_case").asBoolean(false),
        root.path("ngram_separator").asText("_"),
        root.path("max_ngram_length").asInt(5));
  }

  private static List<String> texts(JsonFile json, String key) {
    if (!json.root().path(key).isArray()) {
      throw json.error("%s must be a list of words".formatted(key));
    }
    List<String> texts = new ArrayList<>();
    json.root().path(key).forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** Writes the file that {@link #read} reads, and the reference too. */
  void write(Path directory) throws IOException {
    ObjectNode root = JsonFile.MAPPER.createObjectNode();
    words.forEach(root.putArray("vocab")::add);
    new TreeSet<>(stopWords).forEach(root.putArray("stop_words")::add);
    root.put("do_lower_case", lowerCase);
    if (kind == Kind.PHRASE) {
      root.put("ngram_separator", separator);
      root.put("max_ngram_length", longestPhrase);
    }
    Files.write(directory.resolve(kind.file()), JsonFile.MAPPER.writeValueAsBytes(root));
  }
}
