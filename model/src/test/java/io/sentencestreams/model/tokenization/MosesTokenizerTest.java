package io.sentencestreams.model.tokenization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers of XLM and FlauBERT against the reference's: tests/python/moses_goldens.py. */
class MosesTokenizerTest {
  private static final int LENGTH = 400;

  /** Which characters of a run are looked at besides its first and its last. */
  private static final int EVERY = 101;

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({"xlm, ENGLISH", "flaubert, FRENCH"})
  void shouldCutTextsIntoTheWordsOfTheReference(String family, MosesLanguage language)
      throws IOException, URISyntaxException {
    JsonNode expected = golden(family, "expected.json");
    MosesTokenizer tokenizer = new MosesTokenizer(language);
    for (int i = 0; i < expected.path("texts").size(); i++) {
      List<String> words = new ArrayList<>();
      expected.path("words").path(i).forEach(word -> words.add(word.asText()));
      String text = expected.path("texts").path(i).asText();
      assertThat(tokenizer.tokenize(text)).as(text).isEqualTo(words);
    }
  }

  @Test
  void shouldTakeEachCharacterForWhatTheReferenceTakesItFor()
      throws IOException, URISyntaxException {
    MosesTokenizer tokenizer = new MosesTokenizer(MosesLanguage.ENGLISH);
    for (JsonNode place : golden("xlm", "characters.json")) {
      for (JsonNode run : place.path("runs")) {
        int first = run.path(0).asInt();
        int last = run.path(1).asInt();
        for (int c = first; c <= last; c++) {
          boolean looked = c == first || c == last || c % EVERY == 0;
          if (looked && Character.getType(c) != Character.UNASSIGNED) {
            String character = Character.toString(c);
            String text = place.path("place").asText().replace("{}", character);
            String words = String.join(" ", tokenizer.tokenize(text)).replace(character, "*");
            assertThat(words)
                .as("U+%04X in %s", c, place.path("place"))
                .isEqualTo(run.path(2).asText());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xlm", "flaubert"})
  void shouldGiveTheIdsOfTheReferenceUnderEachSetting(String family)
      throws IOException, URISyntaxException {
    JsonNode expected = golden(family, "expected.json");
    List<String> texts = new ArrayList<>();
    expected.path("texts").forEach(text -> texts.add(text.asText()));
    for (JsonNode settings : expected.path("ids")) {
      Path folder = folder(family, settings.path("settings"));
      try (ModelTokenizer tokenizer = ModelTokenizer.open(Checkpoint.open(folder), LENGTH)) {
        List<TokenizedText> tokenized = tokenizer.tokenize(texts);
        for (int i = 0; i < texts.size(); i++) {
          assertThat(tokenized.get(i).ids())
              .as("%s %s", settings.path("settings"), texts.get(i))
              .containsExactly(
                  new ObjectMapper().convertValue(settings.path("ids").path(i), int[].class));
        }
      }
    }
  }

  @Test
  void shouldKeepTheEndTokenWhereATextIsCut() throws IOException, URISyntaxException {
    Checkpoint checkpoint = Checkpoint.open(folder("xlm", new ObjectMapper().createObjectNode()));
    try (ModelTokenizer whole = ModelTokenizer.open(checkpoint, LENGTH);
        ModelTokenizer cutting = ModelTokenizer.open(checkpoint, 8)) {
      String text = "the quick brown fox ".repeat(100);
      int[] ids = whole.tokenize(List.of(text)).get(0).ids();
      TokenizedText cut = cutting.tokenize(List.of(text)).get(0);
      assertThat(cut.truncated()).isTrue();
      assertThat(cut.ids()).hasSize(8).startsWith(Arrays.copyOf(ids, 7)).endsWith(ids[LENGTH - 1]);
      assertThat(whole.promptTokens("the quick"))
          .isEqualTo(whole.tokenize(List.of("the quick")).get(0).length() - 1);
    }
  }

  /** A rule that tried a run again from each of its signs would take minutes for a long one. */
  @ParameterizedTest
  @EnumSource(MosesLanguage.class)
  void shouldCutRunsOfSignsWithoutTryingThemFromEachSign(MosesLanguage language) {
    MosesTokenizer tokenizer = new MosesTokenizer(language);
    int many = 1 << 16;
    for (String sign : List.of(".", "\"", " ", "\u3002")) {
      assertThat(tokenizer.tokenize("a" + sign.repeat(many) + "b")).as(sign).isNotEmpty();
    }
  }

  @Test
  void shouldTakeTheFilesOfFlaubertForItsOwnWhateverElseIsThere()
      throws IOException, URISyntaxException {
    Path folder = folder("flaubert", new ObjectMapper().createObjectNode());
    Files.copy(
        Golden.copy("modules/flaubert", temporary.resolve("fast")).resolve("tokenizer.json"),
        folder.resolve("tokenizer.json"));
    try (ModelTokenizer tokenizer = ModelTokenizer.open(Checkpoint.open(folder), LENGTH)) {
      assertThat(tokenizer).isInstanceOf(XlmTokenizer.class);
    }
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"tokenizer_class\": \"TokenizersBackend\"}");
    try (ModelTokenizer tokenizer = ModelTokenizer.open(Checkpoint.open(folder), LENGTH)) {
      assertThat(tokenizer).isInstanceOf(TextTokenizer.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vocab.json | {\"a\": 1 | vocab.json is not valid JSON",
        "vocab.json | [1] | vocab.json has no pieces with their ids",
        "vocab.json | {\"<s>\": 0, \"</s>\": 1, \"<unk>\": 100000} | the id of '<unk>' is 100000",
        "vocab.json | {\"<s>\": 0, \"</s>\": -1} | the id of '</s>' is -1",
        "vocab.json | {\"<s>\": 0, \"<unk>\": 1} | the vocabulary lacks the token </s>",
        "tokenizer_config.json | {\"bos_token\": \"[BOS]\"} | the vocabulary lacks the token [BOS]",
      })
  void shouldRefuseDamagedFilesByName(String name, String content, String message)
      throws IOException, URISyntaxException {
    Path folder = folder("xlm", new ObjectMapper().createObjectNode());
    Files.writeString(folder.resolve(name), content);
    assertThatThrownBy(() -> ModelTokenizer.open(Checkpoint.open(folder), LENGTH).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  private static JsonNode golden(String family, String file)
      throws IOException, URISyntaxException {
    return new ObjectMapper().readTree(source(family).resolve(file).toFile());
  }

  private static Path source(String family) throws URISyntaxException {
    return Path.of(MosesTokenizerTest.class.getResource("/golden/tokenizers/" + family).toURI());
  }

  /** A model of the family with the files of 2020 for a tokenizer. */
  private Path folder(String family, JsonNode settings) throws IOException, URISyntaxException {
    Path copy = Golden.copy("modules/" + family, temporary.resolve("model" + settings.size()));
    Files.delete(copy.resolve("tokenizer.json"));
    Path config = copy.resolve("config.json");
    String json = Files.readString(config);
    Files.writeString(config, json.replaceFirst("\"vocab_size\": \\d+", "\"vocab_size\": 1000"));
    Files.writeString(copy.resolve("tokenizer_config.json"), settings.toString());
    for (String name : List.of("vocab.json", "merges.txt")) {
      Files.copy(source(family).resolve(name), copy.resolve(name));
    }
    return copy;
  }
}
