package io.sentencestreams.model.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentFrequenciesTest {
  private static final List<String> CORPUS =
      List.of("The cat, the CAT!", "a cat and a dog", "\"Dog\" - bites; man", "");

  @TempDir private Path folder;

  @Test
  void shouldCountInHowManyDocumentsAWordIs() {
    DocumentFrequencies counted = DocumentFrequencies.count(CORPUS.stream());
    assertThat(counted.documents()).isEqualTo(4);
    assertThat(counted.frequencies())
        .isEqualTo(
            Map.of(
                "the", 1L, "cat", 2L, "a", 1L, "and", 1L, "dog", 2L, "-", 1L, "bites", 1L, "man",
                1L));
    assertThat(counted.inverse().get("cat")).isCloseTo(Math.log(2), within(1e-12));
    assertThat(counted.inverse().get("man")).isCloseTo(Math.log(4), within(1e-12));
    assertThat(counted.inverseOfUnknown()).isCloseTo(Math.log(4), within(1e-12));
    assertThat(counted.mostFrequent(3, Set.of("dog"))).containsExactly("cat", "-", "a");
    assertThatThrownBy(() -> DocumentFrequencies.count(Stream.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldReadWhatItWrote() throws IOException {
    DocumentFrequencies counted = DocumentFrequencies.count(CORPUS.stream());
    Path file = folder.resolve("frequencies.txt");
    counted.write(file);
    assertThat(file).content().startsWith("4\ncat\t2\ndog\t2\n-\t1\n");
    DocumentFrequencies read = DocumentFrequencies.read(file);
    assertThat(read.documents()).isEqualTo(4);
    assertThat(read.frequencies()).isEqualTo(counted.frequencies());
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        Arguments.of("", " is empty"),
        Arguments.of("many", ", line 1: 'many' is no number"),
        Arguments.of("0", ", line 1: 0 must be at least 1"),
        Arguments.of("3\nthe", ", line 2: it must have a word, a TAB and a number"),
        Arguments.of("3\nthe\t2\nof\tx", ", line 3: 'x' is no number"),
        Arguments.of(
            "3\nthe\t4", ", line 2: 4 must be at least 1 and at most the number of documents, 3"),
        Arguments.of("3\nthe\t1\nthe\t2", ", line 3: the word 'the' is there already"));
  }

  @ParameterizedTest
  @MethodSource("damages")
  void shouldRefuseADamagedFile(String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("frequencies.txt"), text);
    assertThatThrownBy(() -> DocumentFrequencies.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(file + message);
  }
}
