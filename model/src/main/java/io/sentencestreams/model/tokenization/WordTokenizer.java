package io.sentencestreams.model.tokenization;

import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.WordList;
import io.sentencestreams.model.checkpoint.WordVocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Cuts texts into the words of a vocabulary; others, and stop words, are left out. A word is what
 * is between white space; it is looked up as it stands, then without the signs around it, then in
 * lower case. With phrases, words that stand together in the vocabulary, such as {@code New_York},
 * are taken as one, the longest first; signs are then words of their own, as in the Penn Treebank.
 *
 * <p>A text without any known word has one token, which stands behind the vocabulary.
 */
public final class WordTokenizer extends SingleTextTokenizer {
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  private static final Integer LEFT_OUT = -1;

  private final Map<String, Integer> ids = new HashMap<>();
  private final Set<String> stopWords;
  private final boolean lowerCase;
  private final int maxLength;
  private final Phrases phrases; // null where there are none

  private WordTokenizer(
      List<String> words,
      Set<String> stopWords,
      boolean lowerCase,
      int maxLength,
      Phrases phrases) {
    for (int i = 0; i < words.size(); i++) {
      ids.put(words.get(i), i);
    }
    this.stopWords = stopWords;
    this.lowerCase = lowerCase;
    this.maxLength = maxLength;
    this.phrases = phrases;
  }

  /**
   * Opens the tokenizer of a module that works on words.
   *
   * @param maxLength the most words of a text
   * @throws CheckpointException if its file is damaged, or its vocabulary is not as long as the
   *     module's table
   */
  static WordTokenizer open(SentenceModule module, int maxLength) {
    if (module instanceof SentenceModule.BagOfWords bag) {
      return new WordTokenizer(WordList.read(bag).words(), Set.of(), false, maxLength, null);
    }
    WordVocabulary words = WordVocabulary.read((SentenceModule.WordEmbeddings) module);
    Phrases phrases =
        words.kind() == WordVocabulary.Kind.PHRASE
            ? new Phrases(words.words(), words.separator(), words.longestPhrase())
            : null;
    return new WordTokenizer(
        words.words(), words.stopWords(), words.lowerCase(), maxLength, phrases);
  }

  /**
   * The words of a text as a vocabulary in lower case has them: what is between white space,
   * without the signs around it, in lower case. Stop words and words of signs only are among them.
   */
  public static List<String> plainWords(String text) {
    List<String> words = new ArrayList<>();
    for (String token : split(text.toLowerCase(Locale.ROOT))) {
      String word = strip(token);
      words.add(word.isEmpty() ? token : word);
    }
    return words;
  }

  @Override
  TokenizedText tokenize(String text) {
    String beginning = TextCut.beginning(text, TextCut.MOST_CHARACTERS);
    boolean cut = beginning.length() < text.length();
    int[] found = new int[16];
    int size = 0;
    for (String token : tokens(beginning)) {
      int id = phrases == null ? idOf(token) : phraseId(token);
      if (id >= 0) {
        if (size == maxLength) {
          return new TokenizedText(Arrays.copyOf(found, size), true);
        }
        if (size == found.length) {
          found = Arrays.copyOf(found, 2 * size);
        }
        found[size++] = id;
      }
    }
    return size == 0
        ? new TokenizedText(new int[] {ids.size()}, cut)
        : new TokenizedText(Arrays.copyOf(found, size), cut);
  }

  private List<String> tokens(String text) {
    if (phrases != null) {
      return phrases.join(PennTokenizer.tokenize(text));
    }
    return split(lowerCase ? text.toLowerCase(Locale.ROOT) : text);
  }

  /** As Python's split: at whatever Unicode calls white space, and a few control characters. */
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i < text.length(); i++) {
      if (isSpace(text.charAt(i))) {
        if (start >= 0) {
          words.add(text.substring(start, i));
          start = -1;
        }
      } else if (start < 0) {
        start = i;
      }
    }
    if (start >= 0) {
      words.add(text.substring(start));
    }
    return words;
  }

  static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r')
        || (c >= 0x1c && c <= ' ')
        || c == 0x85
        || (c >= 0x80 && Character.isSpaceChar(c));
  }

  /** -1 for a word that is left out. */
  private int idOf(String token) {
    Integer id = lookUp(token);
    if (id == null) {
      token = strip(token);
      id = token.isEmpty() ? LEFT_OUT : lookUp(token);
    }
    if (id == null) {
      id = lookUp(token.toLowerCase(Locale.ROOT));
    }
    return id == null ? LEFT_OUT : id;
  }

  private int phraseId(String token) {
    Integer id = lookUp(token);
    if (id == null) {
      token = token.toLowerCase(Locale.ROOT);
      id = lookUp(token);
    }
    if (id == null) {
      token = strip(token);
      id = token.isEmpty() ? LEFT_OUT : lookUp(token);
    }
    return id == null ? LEFT_OUT : id;
  }

  /** Null if the word is neither a stop word nor in the vocabulary. */
  private Integer lookUp(String word) {
    return stopWords.contains(word) ? LEFT_OUT : ids.get(word);
  }

  private static String strip(String word) {
    int from = 0;
    int to = word.length();
    while (from < to && PUNCTUATION.indexOf(word.charAt(from)) >= 0) {
      from++;
    }
    while (to > from && PUNCTUATION.indexOf(word.charAt(to - 1)) >= 0) {
      to--;
    }
    return word.substring(from, to);
  }
}
