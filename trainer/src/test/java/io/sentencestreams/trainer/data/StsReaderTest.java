package io.sentencestreams.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StsReaderTest {
  @TempDir private Path folder;

  @Test
  void shouldReadThreeColumnsWithAndWithoutAHeader() throws IOException {
    List<SentencePair> expected =
        List.of(
            new SentencePair("A \"quoted\" man", "Two men, at most", 2.5),
            new SentencePair("c", "d", 0));
    String rows = "A \"quoted\" man\tTwo men, at most\t2.5\n\nc\td\t0\n";
    assertThat(StsReader.read(file(rows))).isEqualTo(expected);
    assertThat(StsReader.read(file("\uFEFFsentence1\tsentence2\tscore\r\n" + rows)))
        .isEqualTo(expected);
  }

  @Test
  void shouldReadTheColumnsOfTheStsBenchmark() throws IOException {
    Path file =
        file(
            """
            main-captions\tMSRvid\t2012test\t0024\t2.500\tA girl.\tA "girl.
            main-news\theadlines\t2016\t7\t5\te\tf\tlicence\tsource
            """);
    assertThat(StsReader.read(file))
        .containsExactly(
            new SentencePair("A girl.", "A \"girl.", 2.5), new SentencePair("e", "f", 5));
  }

  @Test
  void shouldSkipAndNameBadRowsIfToldTo() throws IOException {
    Path file = file("a\tb\t1\nc\td\tmuch\ne\tf\ng\th\t2\n");
    StsReader.Result result = StsReader.read(file, BadRows.SKIP);
    assertThat(result.pairs())
        .containsExactly(new SentencePair("a", "b", 1), new SentencePair("g", "h", 2));
    assertThat(result.problems())
        .containsExactly(
            file + ", line 2: the score must be a finite number, not 'much'",
            file + ", line 3: expected 3 columns (sentence 1, sentence 2, score), found 2");
    assertThatThrownBy(() -> StsReader.read(file("a\tb\tmuch\n"), BadRows.SKIP))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("no sentence pair that can be read; the first problem: ")
        .hasMessageContaining("line 1");
  }

  @Test
  void shouldReadCsvWithQuotesOverLines() throws IOException {
    Path file = file("a,b,1\n\"He said \"\"no\"\", twice\",\"two\nlines\",4.75\nx \"y\" z,,0\n");
    assertThat(StsReader.read(file))
        .containsExactly(
            new SentencePair("a", "b", 1),
            new SentencePair("He said \"no\", twice", "two\nlines", 4.75),
            new SentencePair("x \"y\" z", "", 0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,b,1;a,b|line 2: expected 3 columns (sentence 1, sentence 2, score), found 2",
        "a,b,1;;a,b,much|line 3: the score must be a finite number, not 'much'",
        "a,b,NaN|line 1: the score must be a finite number, not 'NaN'",
        "a>b>1;a>b>1>2|line 2: expected 3 columns (sentence 1, sentence 2, score), found 4",
        "1>2>3>4>5>6>7;1>2>3|line 2: expected the STS benchmark's 7 columns or more, found 3",
        "a,b,1;\"a,b,2;c,d,3|line 2: a quote is opened and never closed",
        "sentence1,sentence2,score|line 1: the file has no sentence pair",
      })
  void shouldNameFileAndLineOfABadRow(String rows, String problem) throws IOException {
    Path file = file(rows.replace(';', '\n').replace('>', '\t'));
    assertThatThrownBy(() -> StsReader.read(file))
        .isInstanceOf(DataFormatException.class)
        .hasMessage(file + ", " + problem);
  }

  @Test
  void shouldSayThatAFileIsNotUtf8() throws IOException {
    Path file =
        Files.write(folder.resolve("latin"), "é,b,1\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> StsReader.read(file))
        .isInstanceOf(IOException.class)
        .hasMessage(file + " is not UTF-8 near line 1");
  }

  @ParameterizedTest
  @CsvSource({
    "sts_benchmark/sts-test.csv, 1379",
    "sts_benchmark/sts-dev.csv, 1500",
    "sts_benchmark/sts-train.csv, 5749",
    "sts_multilingual/stsb-de-test.csv, 1379",
    "sts_multilingual/stsb-en-train.csv, 5749"
  })
  void shouldReadEveryRowOfThePublishedSets(String path, int rows) throws IOException {
    Path file = dataFolder().resolve(path);
    assumeTrue(Files.exists(file), () -> file + " is not there");
    assertThat(StsReader.read(file))
        .hasSize(rows)
        .allSatisfy(pair -> assertThat(pair.score()).isBetween(0.0, 5.0));
  }

  private static Path dataFolder() {
    Path beside = Path.of(System.getProperty("sentencestreams.root", ".."), "..", "shared", "data");
    String configured = System.getenv("SENTENCE_STREAMS_DATA");
    return Files.isDirectory(beside) || configured == null ? beside : Path.of(configured);
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("pairs"), content);
  }
}
