package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that work on lines of text, on the real default model. */
class TextCommandsTest {

  @TempDir private Path folder;

  private Path texts;

  @BeforeEach
  void writeTexts() throws IOException {
    texts =
        Files.writeString(
            folder.resolve("texts.txt"),
            "A cat sits.\nA kitten is sitting.\n\nRates rise.\nInterest rates go up.\n");
  }

  @Test
  void shouldFindTheNearestLinesAndNameTheirNumbers() throws IOException {
    CommandRun result =
        CommandRun.of(
            "search", "--corpus", texts.toString(), "--top-k", "2", "--json", "central bank");
    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode found = result.json().get(0);
    assertThat(found.path("query").asText()).isEqualTo("central bank");
    assertThat(found.path("hits")).hasSize(2);
    assertThat(found.path("hits").findValuesAsText("line")).containsExactlyInAnyOrder("4", "5");
    assertThat(found.path("hits").get(0).path("similarity").asDouble())
        .isGreaterThanOrEqualTo(found.path("hits").get(1).path("similarity").asDouble());
  }

  @Test
  void shouldGroupLinesByMeaning() throws IOException {
    List<JsonNode> lines = CommandRun.of("cluster", "--k", "2", "--json", texts.toString()).json();
    assertThat(lines).extracting(line -> line.path("line").asInt()).containsExactly(1, 2, 4, 5);
    assertThat(lines.get(0).path("cluster")).isEqualTo(lines.get(1).path("cluster"));
    assertThat(lines.get(2).path("cluster")).isEqualTo(lines.get(3).path("cluster"));
    assertThat(lines.get(0).path("cluster")).isNotEqualTo(lines.get(2).path("cluster"));
  }

  @Test
  void shouldGroupLinesByDistanceAndAroundALine() throws IOException {
    for (String[] method :
        List.of(
            new String[] {"--k=2", "--linkage=average"},
            new String[] {"--distance=1.2"},
            new String[] {"--communities", "--threshold=0.6", "--min-size=2"})) {
      CommandRun run =
          CommandRun.of(
              Stream.concat(Stream.of("cluster", "--json", texts.toString()), Stream.of(method))
                  .toArray(String[]::new));
      assertThat(run.exitCode()).as(run.err()).isZero();
      List<JsonNode> lines = run.json();
      assertThat(lines.get(0).path("cluster"))
          .as("%s", run.out())
          .isEqualTo(lines.get(1).path("cluster"));
      assertThat(lines.get(2).path("cluster")).isEqualTo(lines.get(3).path("cluster"));
      assertThat(lines.get(0).path("cluster").isInt()).isTrue();
      assertThat(lines.get(0).path("cluster")).isNotEqualTo(lines.get(2).path("cluster"));
    }
    CommandRun none =
        CommandRun.of("cluster", "--communities", "--min-size=3", "--json", texts.toString());
    assertThat(none.json()).allSatisfy(line -> assertThat(line.path("cluster").isNull()).isTrue());
    CommandRun both = CommandRun.of("cluster", "--k=2", "--communities", texts.toString());
    assertThat(both.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldMeasureHowManyTranslationsAreFound() throws IOException {
    Path other =
        Files.writeString(
            folder.resolve("other.txt"), "The cat is seated.\nInterest rates are going up.\n");
    Path same = Files.writeString(folder.resolve("same.txt"), "A cat sits.\nRates rise.\n");
    CommandRun run =
        CommandRun.of("evaluate", "translation", "--translations=" + other, same.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json().get(0).path("sentences").asInt()).isEqualTo(2);
    assertThat(run.json().get(0).path("mean_accuracy").asDouble()).isEqualTo(1);
    CommandRun lost = CommandRun.of("evaluate", "translation", folder.resolve("no").toString());
    assertThat(lost.exitCode()).isEqualTo(1);
    assertThat(lost.err()).contains("there is no file " + folder.resolve("no"));
  }

  @Test
  void shouldMineTheMostSimilarLinesAndWhatIsNearButNoAnswer() throws IOException {
    CommandRun pairs =
        CommandRun.of("mine", "paraphrases", "--max-pairs=2", "--json", texts.toString());
    assertThat(pairs.exitCode()).as(pairs.err()).isZero();
    assertThat(pairs.json())
        .extracting(pair -> pair.path("a").asInt() + "-" + pair.path("b").asInt())
        .containsExactlyInAnyOrder("1-2", "4-5");

    Path questions =
        Files.writeString(
            folder.resolve("pairs.tsv"),
            "Where is the cat?\tA cat sits.\nWhat does the bank do?\tRates rise.\n");
    CommandRun negatives =
        CommandRun.of(
            "mine", "hard-negatives", "--negatives=1", "--corpus=" + texts, questions.toString());
    assertThat(negatives.exitCode()).as(negatives.err()).isZero();
    assertThat(negatives.out().lines())
        .containsExactly(
            "Where is the cat?\tA cat sits.\tA kitten is sitting.",
            "What does the bank do?\tRates rise.\tInterest rates go up.");
  }

  @Test
  void shouldGiveEachLineItsClusterAsItComesWithoutBeingToldHowMany() throws IOException {
    List<String> repeated = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      repeated.add("The cat number %d is sitting on a mat.".formatted(i));
      repeated.add("The central bank raised interest rates by %d points.".formatted(i));
    }
    Files.write(texts, repeated);
    CommandRun result =
        CommandRun.of("cluster", "--online", "--every", "10", "--json", texts.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    List<JsonNode> lines = result.json();
    assertThat(lines).hasSize(40);
    assertThat(lines.get(0).path("cluster").isNull()).isTrue();
    assertThat(lines.get(38).path("cluster").isTextual()).isTrue();
    assertThat(lines.get(39).path("cluster").isTextual()).isTrue();
    assertThat(lines.get(36).path("cluster")).isEqualTo(lines.get(38).path("cluster"));
    assertThat(lines.get(38).path("cluster")).isNotEqualTo(lines.get(39).path("cluster"));
    assertThat(result.err()).contains("2 clusters at the end", "cat", "bank");
  }

  @Test
  void shouldFindDuplicatesWithLineNumbersSimilarityAndGroup() throws IOException {
    List<JsonNode> pairs =
        CommandRun.of("duplicates", "--threshold", "0.6", "--json", texts.toString()).json();
    assertThat(pairs)
        .extracting(pair -> pair.path("a").asInt() + "-" + pair.path("b").asInt())
        .containsExactlyInAnyOrder("1-2", "4-5");
    assertThat(pairs.get(0).path("group")).isNotEqualTo(pairs.get(1).path("group"));
    assertThat(pairs.get(0).path("similarity").asDouble()).isBetween(0.6, 1.0);
  }

  @Test
  void shouldScoreAModelOnSentencePairs() throws IOException {
    Path pairs =
        Files.write(
            folder.resolve("pairs.tsv"),
            List.of(
                "A cat sits.\tA kitten is sitting.\t5",
                "A cat sits.\tA dog runs.\t2",
                "A cat sits.\tRates rise.\t0"));
    JsonNode score =
        CommandRun.of("evaluate", "sts", "--precision", "fp32", pairs.toString()).json().get(0);
    assertThat(score.path("pairs").asInt()).isEqualTo(3);
    assertThat(score.path("spearman").asDouble()).isCloseTo(1, within(1e-9));
    assertThat(score.path("pearson").asDouble()).isBetween(0.8, 1.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "search --corpus none.txt query | 1 | none.txt",
        "search --corpus TEXTS --top-k 0 query | 2 | --top-k",
        "search --corpus TEXTS | 2 | QUERY",
        "search --corpus EMPTY query | 1 | holds no text",
        "search --corpus FOLDER query | 1 | is a folder",
        "cluster TEXTS | 2 | --k",
        "cluster --k 0 TEXTS | 2 | --k",
        "cluster --k 2 --online TEXTS | 2 | --online",
        "cluster --online --half-life 0 TEXTS | 2 | --half-life",
        "cluster --k 5 TEXTS | 1 | more than the 4 lines",
        "duplicates TEXTS | 2 | --threshold",
        "duplicates --threshold 1.5 TEXTS | 2 | --threshold",
        "duplicates --threshold NaN TEXTS | 2 | --threshold",
        "duplicates --threshold 0.9 --model all-MiniLM TEXTS | 1 | all-MiniLM-L6-v2",
        "duplicates --threshold 0.9 --precision fp8 TEXTS | 2 | --precision",
        "evaluate sts none.tsv | 1 | none.tsv",
        "evaluate sts TEXTS | 1 | line 1",
        "evaluate sts FOLDER | 1 | is a folder",
        "embed --batch-tokens 0 TEXTS | 2 | --batch-tokens",
        "embed LATIN1 | 1 | line 2 is not UTF-8",
        "stream --config none.properties | 1 | none.properties",
        "stream | 2 | --config",
        "nonsense | 2 | nonsense"
      })
  void shouldSayWhatIsWrongAndExitAsPromised(String line, int exitCode, String message)
      throws IOException {
    Files.writeString(folder.resolve("empty.txt"), "\n \n");
    Files.write(folder.resolve("latin1.txt"), new byte[] {'a', '\n', (byte) 0xfc, '\n'});
    String[] arguments =
        line.strip()
            .replace("TEXTS", texts.toString())
            .replace("EMPTY", folder.resolve("empty.txt").toString())
            .replace("LATIN1", folder.resolve("latin1.txt").toString())
            .replace("FOLDER", folder.toString())
            .split(" ", -1);
    CommandRun result = CommandRun.of(arguments);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err()).contains(message.strip()).doesNotContain("\tat ");
    assertThat(result.out()).isEmpty();
  }
}
