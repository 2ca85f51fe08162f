package io.sentencestreams.model.tokenization;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers from the files of 2020: tests/golden/make_checkpoint_golden.py. */
class SlowTokenizersTest {
  @TempDir private Path temporary;

  @ParameterizedTest
  @ValueSource(strings = {"bert", "roberta", "xlm-roberta", "camembert", "albert", "xlnet"})
  void shouldGiveTheIdsOfTheReference(String family) throws IOException, URISyntaxException {
    Path source =
        Path.of(SlowTokenizersTest.class.getResource("/golden/tokenizers/" + family).toURI());
    JsonNode expected = new ObjectMapper().readTree(source.resolve("expected.json").toFile());
    List<String> texts = new ArrayList<>();
    expected.path("texts").forEach(text -> texts.add(text.asText()));
    try (ModelTokenizer tokenizer = ModelTokenizer.open(checkpoint(family, source), 400)) {
      List<TokenizedText> tokenized = tokenizer.tokenize(texts);
      for (int i = 0; i < texts.size(); i++) {
        List<Integer> ids = new ArrayList<>();
        expected.path("ids").path(i).forEach(id -> ids.add(id.asInt()));
        assertThat(tokenized.get(i).ids())
            .as(texts.get(i))
            .containsExactly(ids.stream().mapToInt(Integer::intValue).toArray());
      }
    }
  }

  /** A model of the family, without its tokenizer but for these files. */
  private Checkpoint checkpoint(String family, Path source) throws IOException, URISyntaxException {
    String model =
        switch (family) {
          case "albert", "xlnet" -> "modules/" + family;
          case "roberta" -> "roberta";
          default -> "mean";
        };
    Path copy = Golden.copy(model, temporary.resolve("model"));
    Files.delete(copy.resolve("tokenizer.json"));
    Files.delete(copy.resolve("tokenizer_config.json"));
    Path config = copy.resolve("config.json");
    String json = Files.readString(config);
    Files.writeString(
        config,
        json.replaceFirst("\"model_type\": \"\\w+\"", "\"model_type\": \"" + family + "\""));
    for (String name :
        List.of(
            "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model")) {
      if (Files.exists(source.resolve(name))) {
        Files.copy(source.resolve(name), copy.resolve(name));
      }
    }
    return Checkpoint.open(copy);
  }
}
