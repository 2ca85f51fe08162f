package io.sentencestreams.model.tokenization;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.TokenizedText;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that nobody writes and that arrive all the same, and texts far longer than is encoded. */
class TextTokenizerTest {
  private static final int MAX_LENGTH = 32;
  private static final int HUGE = 50 << 20;
  private static final int NO_CUT = 1 << 20;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\0",
        "cat\0dog",
        "\u0001\u0002\u001b[31m\u007f\u0085\u009f",
        "\ud800",
        "\udc00 cat",
        "cat \ud83d",
        "\udc00\ud800",
        "\u0301\u0301\u0301",
        "\u202e\u200d\ufeff\u00ad",
        "\ufffe\uffff\ufdd0",
        "\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc66",
        "",
        " \t\r\n\u00a0\u2003\u3000"
      })
  void shouldTakeAnyTextAndKeepItsSpecialTokens(String text) {
    try (TextTokenizer tokenizer = wordPiece(MAX_LENGTH)) {
      int[] nothing = tokenizer.tokenize(List.of("")).get(0).ids();
      TokenizedText tokenized = tokenizer.tokenize(List.of(text)).get(0);
      assertThat(tokenized.ids()).startsWith(nothing[0]).endsWith(nothing[1]);
      assertThat(tokenized.truncated()).isFalse();
    }
  }

  @Test
  void shouldTakeALoneSurrogateForTheReplacementCharacter() {
    try (TextTokenizer tokenizer = wordPiece(MAX_LENGTH)) {
      List<TokenizedText> tokenized =
          tokenizer.tokenize(List.of("cat \ud800 dog", "cat \udfff dog", "cat \ufffd dog"));
      assertThat(tokenized).extracting(TokenizedText::ids).containsOnly(tokenized.get(2).ids());
    }
  }

  @Test
  void shouldJoinWhatAControlCharacterDivides() {
    try (TextTokenizer tokenizer = wordPiece(MAX_LENGTH)) {
      List<TokenizedText> tokenized = tokenizer.tokenize(List.of("c\u0001a\0t", "cat"));
      assertThat(tokenized.get(0).ids()).isEqualTo(tokenized.get(1).ids());
    }
  }

  /** The tokens of 50 MB are those of their beginning, and what follows counts as truncated. */
  @ParameterizedTest
  @CsvSource({
    "cat dog ,240",
    "cat\u4e2d,240",
    "cat.,240",
    "x,1000",
    "\u00e9,1000",
    "\ud83d\ude00,1000",
    "'\u0001',1000",
    "\ud800,1000",
    "' ',1000"
  })
  void shouldTokenizeFiftyMegabytesAsTheirBeginning(String repeated, int enough) {
    try (TextTokenizer tokenizer = wordPiece(MAX_LENGTH)) {
      String huge = repeated.repeat(HUGE / repeated.length());
      TokenizedText tokenized = tokenizer.tokenize(List.of(huge)).get(0);
      assertThat(tokenized.ids())
          .isEqualTo(tokenizer.tokenize(List.of(huge.substring(0, enough))).get(0).ids());
      assertThat(tokenized.truncated()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldGiveTheTokensOfTheWholeTextWhereverItIsCut(long seed) {
    List<String> texts = texts(new Random(seed));
    try (TextTokenizer cutting = wordPiece(MAX_LENGTH);
        TextTokenizer whole = wordPiece(NO_CUT)) {
      assertSameBeginnings(cutting, whole, texts, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void shouldGiveTheTokensOfTheWholeTextWhereSpacesBelongToWords(long seed) throws IOException {
    List<String> texts = texts(new Random(seed));
    try (TextTokenizer cutting = bytePairs(MAX_LENGTH);
        TextTokenizer whole = bytePairs(NO_CUT)) {
      assertThat(whole.tokenize(List.of("cat cat!!")).get(0).length()).isEqualTo(3);
      assertSameBeginnings(cutting, whole, texts, 0);
    }
  }

  /** Compares with the same tokenizer under a length so great that it cuts nothing. */
  private static void assertSameBeginnings(
      TextTokenizer cutting, TextTokenizer whole, List<String> texts, int closing) {
    List<TokenizedText> cut = cutting.tokenize(texts);
    List<TokenizedText> uncut = whole.tokenize(texts);
    for (int i = 0; i < texts.size(); i++) {
      int[] all = uncut.get(i).ids();
      boolean longer = all.length > MAX_LENGTH;
      int[] expected = Arrays.copyOf(all, Math.min(all.length, MAX_LENGTH));
      if (longer && closing > 0) {
        expected[MAX_LENGTH - 1] = all[all.length - 1];
      }
      assertThat(cut.get(i).ids()).as("text %d", i).isEqualTo(expected);
      assertThat(cut.get(i).truncated()).as("text %d", i).isEqualTo(longer);
    }
  }

  /** Texts around the lengths at which they are cut, of many tokens and of few. */
  private static List<String> texts(Random random) {
    String[] parts = {
      "cat", " dog", "!", "...", "\n", "\t\t", "ca\u0001t", "'s", "\u0301", "x", "\u4e2d", "-", "7"
    };
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder();
      int length = 1_000 + random.nextInt(3_000);
      int longest = 1 << random.nextInt(12);
      while (text.length() < length) {
        String part = random.nextInt(3) == 0 ? " " : parts[random.nextInt(parts.length)];
        text.append(part.repeat(1 + random.nextInt(longest)));
      }
      texts.add(text.toString());
    }
    return texts;
  }

  private static TextTokenizer wordPiece(int maxLength) {
    try {
      Path file =
          Path.of(TextTokenizerTest.class.getResource("/golden/mean/tokenizer.json").toURI());
      return TextTokenizer.open(file, maxLength, false);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As GPT-2 and RoBERTa have it: a space is part of the word behind it. */
  private TextTokenizer bytePairs(int maxLength) throws IOException {
    List<String> vocabulary = new ArrayList<>();
    for (char c = '!'; c <= '~'; c++) {
      vocabulary.add(c == '"' || c == '\\' ? "\\" + c : String.valueOf(c));
    }
    vocabulary.addAll(List.of("\u0120", "\u010a", "\u0109"));
    List<String> merges = new ArrayList<>();
    for (String merge : List.of("c a", "ca t", "\u0120 cat", "\u0120 \u0120", "! !", "!! !!")) {
      merges.add('"' + merge + '"');
      vocabulary.add(merge.replace(" ", ""));
    }
    StringBuilder ids = new StringBuilder();
    for (int i = 0; i < vocabulary.size(); i++) {
      ids.append(i == 0 ? "" : ",").append('"').append(vocabulary.get(i)).append("\":").append(i);
    }
    String json =
        "{\"version\":\"1.0\",\"added_tokens\":[],"
            + "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
            + "\"trim_offsets\":true,\"use_regex\":true},"
            + "\"model\":{\"type\":\"BPE\",\"vocab\":{%s},\"merges\":[%s]}}"
                .formatted(ids, String.join(",", merges));
    return TextTokenizer.open(
        Files.writeString(folder.resolve("tokenizer.json"), json), maxLength, false);
  }
}
