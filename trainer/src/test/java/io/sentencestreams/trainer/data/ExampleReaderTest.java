package io.sentencestreams.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ExampleReader.Columns;
import io.sentencestreams.trainer.data.ExampleReader.Result;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleReaderTest {
  private static final Columns NLI =
      new Columns(
          List.of("premise", "hypothesis"),
          "label",
          List.of("entailment", "neutral", "contradiction"),
          1);

  @TempDir private Path folder;

  @Test
  void shouldReadColumnsByTheNamesOfTheHeader() throws IOException {
    Path file =
        write("a.tsv", "label\tpremise\thypothesis\nneutral\tp\th\nentailment\t\"q\ti, j\n");
    Result result = ExampleReader.read(file, NLI, BadRows.FAIL);
    assertThat(result.data().examples().get(0).texts()).containsExactly("p", "h");
    assertThat(result.data().examples().get(0).label()).containsExactly(1);
    assertThat(result.data().examples().get(1).texts()).containsExactly("\"q", "i, j");
    assertThat(result.problems()).isEmpty();
  }

  @Test
  void shouldReadColumnsByTheirNumbersAndScaleLabels() throws IOException {
    Path file = folder.resolve("a.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("\"a, b\",c,2.5\nd,\"e\nf\",5\n".getBytes(StandardCharsets.UTF_8));
    }
    Columns columns = new Columns(List.of("1", "2"), "3", List.of(), 5);
    List<TrainingExample> examples =
        ExampleReader.read(file, columns, BadRows.FAIL).data().examples();
    assertThat(examples.get(0).texts()).containsExactly("a, b", "c");
    assertThat(examples.get(0).label()).containsExactly(0.5f);
    assertThat(examples.get(1).texts()).containsExactly("d", "e\nf");
    assertThat(examples.get(1).label()).containsExactly(1);
  }

  @Test
  void shouldReadObjects() throws IOException {
    Path file = write("a.jsonl", "{\"q\": \"x\", \"p\": \"y\"}\n\n{\"p\": \"z\", \"q\": \"w\"}\n");
    Columns columns = new Columns(List.of("q", "p"), "", List.of(), 1);
    assertThat(ExampleReader.read(file, columns, BadRows.FAIL).data().examples())
        .extracting(TrainingExample::texts)
        .containsExactly(List.of("x", "y"), List.of("w", "z"));
  }

  @Test
  void shouldNameTheLineOfABadRow() throws IOException {
    assertBad("premise\thypothesis\tlabel\np\th\tmaybe\n", "line 2: the label 'maybe' is none of");
    assertBad("premise\thypothesis\tlabel\np\th\n", "line 2: it has 2 columns, but column 3");
    assertBad("premise\thypothesis\tlabel\np\t\tneutral\n", "line 2: the text of column 'hypo");
    assertBad("premise\ttext\tlabel\np\th\tneutral\n", "line 1: there is no column 'hypothesis'");
    assertBad("premise\thypothesis\tlabel\n", "the file has no example");
    assertBad("", "the file has no example");
  }

  private void assertBad(String content, String message) throws IOException {
    Path file = write("bad.tsv", content);
    assertThatThrownBy(() -> ExampleReader.read(file, NLI, BadRows.FAIL))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void shouldLeaveOutAndCountBadRowsWhereThatIsWanted() throws IOException {
    Path file = write("a.jsonl", "{\"q\": 1}\n{broken\n{\"q\": null}\n{\"q\": \"good\"}\n");
    Columns columns = new Columns(List.of("q"), "", List.of(), 1);
    Result result = ExampleReader.read(file, columns, BadRows.SKIP);
    assertThat(result.data().examples())
        .extracting(TrainingExample::texts)
        .containsExactly(List.of("1"), List.of("good"));
    assertThat(result.problems()).hasSize(2);
    assertThat(result.problems().get(0)).contains("line 2", "no valid JSON");
    assertThat(result.problems().get(1)).contains("line 3");
  }

  @Test
  void shouldMakeTripletsOfPremisesThatHaveBoth() {
    TrainingData pairs =
        new TrainingData(
            "nli",
            List.of(
                TrainingExample.labelled(0, "p", "yes"),
                TrainingExample.labelled(2, "p", "no"),
                TrainingExample.labelled(1, "p", "perhaps"),
                TrainingExample.labelled(0, "p", "also yes"),
                TrainingExample.labelled(0, "q", "alone")));
    assertThat(NliTriplets.of(pairs, 0, 2).examples())
        .extracting(TrainingExample::texts)
        .containsExactly(List.of("p", "yes", "no"), List.of("p", "also yes", "no"));
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
