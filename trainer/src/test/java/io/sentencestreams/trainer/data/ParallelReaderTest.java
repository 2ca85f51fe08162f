package io.sentencestreams.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParallelReaderTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        OutputStream packed = name.endsWith(".gz") ? new GZIPOutputStream(out) : out) {
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  private static List<List<String>> texts(ExampleReader.Result result) {
    return result.data().examples().stream().map(TrainingExample::texts).toList();
  }

  @Test
  void shouldReadASentenceWithItsTranslationsFromColumns() throws IOException {
    Path file = file("en-de-fr.tsv.gz", "\uFEFFa \"cat\"\teine Katze\tun chat\nx\ty\tz\n");
    ExampleReader.Result result = ParallelReader.read(file, BadRows.FAIL);
    assertThat(texts(result))
        .containsExactly(List.of("a \"cat\"", "eine Katze", "un chat"), List.of("x", "y", "z"));
    assertThat(result.data().examples().get(0).label()).isEmpty();
  }

  @Test
  void shouldPairLinesByTheirNumberBlankOnesIncluded() throws IOException {
    Path english = file("en.gz", "one\n\nthree\nfour\n");
    Path german = file("de.gz", "eins\nzwei\ndrei\nvier\n");
    ExampleReader.Result result =
        ParallelReader.readAligned(english, List.of(german), BadRows.SKIP);
    assertThat(texts(result))
        .containsExactly(List.of("one", "eins"), List.of("three", "drei"), List.of("four", "vier"));
    assertThat(result.problems())
        .containsExactly(english + ", line 2: a sentence or a translation of it is empty");
    assertThatThrownBy(() -> ParallelReader.readAligned(english, List.of(german), BadRows.FAIL))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("line 2");
  }

  @Test
  void shouldRefuseFilesThatCannotBeTranslationsOfEachOther() throws IOException {
    Path english = file("en", "one\ntwo\n");
    Path german = file("de", "eins\nzwei\ndrei\n");
    assertThatThrownBy(() -> ParallelReader.readAligned(english, List.of(german), BadRows.SKIP))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining(german + ", line 3: it has 3 lines, but " + english + " has 2");
    Path ragged = file("ragged.tsv", "a\tb\nc\td\te\n");
    assertThatThrownBy(() -> ParallelReader.read(ragged, BadRows.FAIL))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("line 2: it has 3 columns, the first row 2");
    Path single = file("single.csv", "no translation\n");
    assertThatThrownBy(() -> ParallelReader.read(single, BadRows.SKIP))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("there is no sentence with a translation");
  }
}
