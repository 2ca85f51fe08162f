package io.sentencestreams.model.tokenization;

import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tokenizers of XLM and FlauBERT: {@code vocab.json} and {@code merges.txt} beneath Moses'
 * rules, as the reference applies them: XLM's in English to texts of any language, then small
 * letters without accents where its settings do not say otherwise; FlauBERT's in French.
 *
 * <p>Which characters are assigned is for this machine's version of Unicode to say, and for that of
 * Python in the reference: of those that came between the two it drops what the other keeps.
 *
 * <p>Thread-safe.
 */
final class XlmTokenizer extends SingleTextTokenizer {
  private final XlmVocabulary vocabulary;
  private final MosesTokenizer moses;
  private final UnaryOperator<String> before;
  private final UnaryOperator<String> onWords;
  private final Pattern special;
  private final int maxLength;
  private final boolean lowerCase;

  private XlmTokenizer(XlmVocabulary vocabulary, int maxLength, boolean lowerCase) {
    this.vocabulary = vocabulary;
    this.maxLength = maxLength;
    this.lowerCase = lowerCase;
    this.special = vocabulary.specialTokens();
    if (vocabulary.french()) {
      moses = new MosesTokenizer(MosesLanguage.FRENCH);
      before = vocabulary.lowerCase() ? XlmTokenizer::composedSmall : XlmTokenizer::composed;
      onWords = UnaryOperator.identity();
    } else {
      moses = new MosesTokenizer(MosesLanguage.ENGLISH);
      before = UnaryOperator.identity();
      onWords = vocabulary.lowerCase() ? XlmTokenizer::withoutAccents : UnaryOperator.identity();
    }
  }

  /**
   * Opens the tokenizer of a transformer.
   *
   * @throws io.sentencestreams.model.checkpoint.CheckpointException if its files are damaged
   */
  static XlmTokenizer open(Checkpoint checkpoint, int maxLength, boolean lowerCase) {
    XlmVocabulary vocabulary =
        XlmVocabulary.read(checkpoint.tokenizerDirectory(), checkpoint.config().vocabSize());
    return new XlmTokenizer(vocabulary, maxLength, lowerCase);
  }

  /** Of a text far too long only the beginning is read, as {@link TextTokenizer}. */
  @Override
  TokenizedText tokenize(String text) {
    String beginning = TextCut.beginning(text, TextCut.firstCharacters(maxLength));
    int[] ids = ids(beginning);
    if (beginning.length() < text.length() && ids.length <= 2 * maxLength) {
      beginning = TextCut.beginning(text, TextCut.MOST_CHARACTERS);
      ids = ids(beginning);
    }
    if (ids.length <= maxLength) {
      return new TokenizedText(ids, beginning.length() < text.length());
    }
    int[] kept = Arrays.copyOf(ids, maxLength);
    kept[maxLength - 1] = vocabulary.end();
    return new TokenizedText(kept, true);
  }

  @Override
  public int promptTokens(String prompt) {
    return ids(TextCut.beginning(prompt, TextCut.MOST_CHARACTERS)).length - 1;
  }

  private int[] ids(String text) {
    String wellFormed = TextCut.replaceLoneSurrogates(text);
    String whole = lowerCase ? wellFormed.toLowerCase(Locale.ROOT) : wellFormed;
    List<Integer> ids = new ArrayList<>();
    ids.add(vocabulary.begin());
    Matcher matcher = special.matcher(whole);
    int from = 0;
    while (matcher.find()) {
      addWords(whole.substring(from, matcher.start()), ids);
      ids.add(vocabulary.id(matcher.group()));
      from = matcher.end();
    }
    addWords(whole.substring(from), ids);
    ids.add(vocabulary.end());
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private void addWords(String text, List<Integer> ids) {
    if (text.isEmpty()) {
      return;
    }
    String words = String.join(" ", moses.tokenize(before.apply(text)));
    for (String word : onWords.apply(words).split(" ", -1)) {
      if (!word.isEmpty()) {
        vocabulary.merges().split(word).forEach(piece -> ids.add(vocabulary.id(piece)));
      }
    }
  }

  private static String withoutAccents(String text) {
    String parted = Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
    StringBuilder result = new StringBuilder(parted.length());
    parted
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .forEach(result::appendCodePoint);
    return result.toString().toLowerCase(Locale.ROOT);
  }

  private static String composed(String text) {
    String quoted = text.replace("``", "\"").replace("''", "\"");
    return Normalizer.normalize(quoted, Normalizer.Form.NFC);
  }

  private static String composedSmall(String text) {
    return composed(text).toLowerCase(Locale.ROOT);
  }
}
