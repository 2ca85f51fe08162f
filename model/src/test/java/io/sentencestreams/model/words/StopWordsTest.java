package io.sentencestreams.model.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StopWordsTest {
  @TempDir private Path folder;

  @Test
  void shouldHaveTheFunctionWordsOfEnglishAndSigns() {
    assertThat(StopWords.ofEnglish())
        .contains("the", "of", "isn't", "n't", "''", ",", "#")
        .doesNotContain("cat", "Stream", "")
        .allMatch(word -> word.equals(word.toLowerCase(Locale.ROOT)));
  }

  @Test
  void shouldReadAFileOfWords() throws IOException {
    Path file = Files.writeString(folder.resolve("stop.txt"), "der\ndie das\r\n\nder\n");
    assertThat(StopWords.read(file)).containsExactly("der", "die", "das");
    Path empty = Files.writeString(folder.resolve("empty.txt"), " \n");
    assertThatThrownBy(() -> StopWords.read(empty))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(empty + " has no words");
    assertThatThrownBy(() -> StopWords.read(folder.resolve("none")))
        .hasMessage("there is no file " + folder.resolve("none"));
    Path latin = Files.write(folder.resolve("latin.txt"), new byte[] {(byte) 0xe9, '\n'});
    assertThatThrownBy(() -> StopWords.read(latin)).hasMessage(latin + " is not UTF-8");
  }
}
