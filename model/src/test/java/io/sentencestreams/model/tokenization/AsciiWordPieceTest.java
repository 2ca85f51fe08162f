package io.sentencestreams.model.tokenization;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.TokenizedText;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Beside the library, which reads the same files. */
class AsciiWordPieceTest {
  private static final int TEXTS = 1_000;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "mean,128",
    "mean,9",
    "mean,3",
    "mean,2",
    "modules/model2vec,12",
    "modules/mpnet,12",
    "modules/electra,12",
    "modules/distilbert,12",
  })
  void shouldGiveTheTokensOfTheLibrary(String model, int maxLength) throws IOException {
    assertSameAsLibrary(golden(model), maxLength);
  }

  @Test
  void shouldKeepCapitalsWhereTheFileDoes() throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(golden("mean").toFile());
    ((ObjectNode) json.get("normalizer")).put("lowercase", false);
    ObjectNode vocabulary = (ObjectNode) json.get("model").get("vocab");
    int next = vocabulary.size();
    for (String token : List.of("Cat", "##S", "AB", "##aB")) {
      vocabulary.put(token, next++);
    }
    assertSameAsLibrary(Files.writeString(folder.resolve("cased.json"), json.toString()), 24);
  }

  @Test
  void shouldReadWhatTheFileSaysOfWords() throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(golden("mean").toFile());
    ObjectNode model = (ObjectNode) json.get("model");
    model.put("max_input_chars_per_word", 4).put("continuing_subword_prefix", "@");
    ObjectNode vocabulary = (ObjectNode) model.get("vocab");
    int next = vocabulary.size();
    for (String token : List.of("@s", "@x", "@xx")) {
      vocabulary.put(token, next++);
    }
    assertSameAsLibrary(Files.writeString(folder.resolve("words.json"), json.toString()), 24);
  }

  @Test
  void shouldTokenizeFewTextsAndManyAlike() throws IOException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      texts.add(i % 3 == 0 ? "caf\u00e9 dog " + i : "cat dog " + i);
    }
    try (TextTokenizer tokenizer = TextTokenizer.open(golden("mean"), 12, false)) {
      List<TokenizedText> all = tokenizer.tokenize(texts);
      for (int i = 0; i < texts.size(); i++) {
        assertThat(tokenizer.tokenize(texts.subList(i, i + 1)).get(0).ids())
            .isEqualTo(all.get(i).ids());
      }
    }
  }

  @Test
  void shouldFindTokensOfTheFilesOwnInAnyPlace() throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(golden("mean").toFile());
    int next = json.get("model").get("vocab").size();
    for (String content : List.of("cat", "dogs", "A-")) {
      ObjectNode token = json.withArray("added_tokens").addObject();
      token.put("id", next++).put("content", content).put("special", false);
      for (String flag : List.of("single_word", "lstrip", "rstrip")) {
        token.put(flag, false);
      }
      token.put("normalized", !content.equals("cat"));
    }
    assertSameAsLibrary(Files.writeString(folder.resolve("added.json"), json.toString()), 24);
  }

  @ParameterizedTest
  @ValueSource(strings = {"caf\u00e9", "cat\u0001dog", "cat\u007f", "a [SEP] b", "a [sep] b", "\0"})
  void shouldLeaveOtherTextsToTheLibrary(String text) throws IOException {
    assertThat(wordPiece(golden("mean")).tokenize(text, 10)).isNull();
  }

  @Test
  void shouldCountTokensThatAreNotAskedFor() throws IOException {
    AsciiWordPiece.Tokens tokens = wordPiece(golden("mean")).tokenize("! ".repeat(1000), 7);
    assertThat(tokens.ids()).hasSize(7);
    assertThat(tokens.count()).isEqualTo(1000);
  }

  @ParameterizedTest
  @CsvSource({
    "normalizer,type,NFD",
    "normalizer,clean_text,",
    "pre_tokenizer,type,ByteLevel",
    "model,type,BPE",
    "model,unk_token,nowhere",
    "truncation,direction,Left",
  })
  void shouldNotReadOtherTokenizers(String part, String key, String value) throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(golden("mean").toFile());
    assertThat(AsciiWordPiece.of(json)).isPresent();
    ObjectNode changed =
        json.get(part).isNull() ? json.putObject(part) : (ObjectNode) json.get(part);
    changed.put(key, value);
    assertThat(AsciiWordPiece.of(json)).isEmpty();
  }

  /** They are normalized as texts are. */
  @ParameterizedTest
  @ValueSource(strings = {"\u00e9", "dog s", "do\u0001g", ""})
  void shouldNotReadATokenizerWithOwnTokensOfMoreThanSigns(String content) throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(golden("mean").toFile());
    json.withArray("added_tokens").addObject().put("content", content);
    assertThat(AsciiWordPiece.of(json)).isEmpty();
  }

  private static void assertSameAsLibrary(Path file, int maxLength) throws IOException {
    AsciiWordPiece wordPiece = wordPiece(file);
    int own = 0;
    try (InputStream in = Files.newInputStream(file);
        HuggingFaceTokenizer library =
            HuggingFaceTokenizer.newInstance(in, TextTokenizer.options(maxLength));
        TextTokenizer tokenizer = TextTokenizer.open(file, maxLength, false)) {
      List<String> texts = texts(new Random(maxLength), vocabulary(file));
      List<TokenizedText> tokenized = tokenizer.tokenize(texts);
      for (int i = 0; i < TEXTS; i++) {
        own += wordPiece.tokenize(texts.get(i), 1) == null ? 0 : 1;
        Encoding expected = library.encode(texts.get(i));
        assertThat(tokenized.get(i).ids())
            .as("text %d: %s", i, texts.get(i))
            .isEqualTo(Arrays.stream(expected.getIds()).mapToInt(Math::toIntExact).toArray());
        assertThat(tokenized.get(i).truncated())
            .as("text %d: %s", i, texts.get(i))
            .isEqualTo(expected.exceedMaxLength());
      }
    }
    assertThat(own).as("texts that were not left to the library").isGreaterThan(TEXTS / 4);
  }

  /** Words of the vocabulary and others, run together and apart, signs and rare characters. */
  private static List<String> texts(Random random, List<String> vocabulary) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      StringBuilder text = new StringBuilder();
      int parts = random.nextInt(20);
      for (int k = 0; k < parts; k++) {
        switch (random.nextInt(9)) {
          case 0, 1, 2 -> text.append(vocabulary.get(random.nextInt(vocabulary.size())));
          case 3 -> text.append("\t\n\r  ".charAt(random.nextInt(5)));
          case 4 -> text.append((char) (' ' + random.nextInt(95)));
          case 5 -> text.append("x".repeat(random.nextInt(random.nextInt(8) == 0 ? 150 : 6)));
          case 6 -> text.append(random.nextInt(40) == 0 ? (char) random.nextInt(0x250) : 's');
          default -> text.append(' ');
        }
      }
      texts.add(
          random.nextInt(4) == 0 ? text.toString().toUpperCase(Locale.ROOT) : text.toString());
    }
    return texts;
  }

  private static List<String> vocabulary(Path file) throws IOException {
    JsonNode vocabulary = new ObjectMapper().readTree(file.toFile()).path("model").path("vocab");
    List<String> tokens = new ArrayList<>();
    vocabulary.fieldNames().forEachRemaining(token -> tokens.add(token.replace("##", "")));
    return tokens;
  }

  private static AsciiWordPiece wordPiece(Path file) throws IOException {
    return AsciiWordPiece.of(new ObjectMapper().readTree(file.toFile())).orElseThrow();
  }

  private static Path golden(String model) {
    try {
      return Path.of(
          AsciiWordPieceTest.class
              .getResource("/golden/%s/tokenizer.json".formatted(model))
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
