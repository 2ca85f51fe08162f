package io.sentencestreams.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.config.ConfigTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README's table of keys is generated: {@code mvn … -Dreadme.update=true} writes it anew. */
class ReadmeTest {
  private static final String BEGIN = "<!-- keys -->\n";
  private static final String END = "<!-- /keys -->";

  @Test
  void shouldShowTheKeysThatTheProgramHas() throws IOException {
    Path file = Path.of(System.getProperty("sentencestreams.root"), "README.md");
    String readme = Files.readString(file);
    int from = readme.indexOf(BEGIN) + BEGIN.length();
    int to = readme.indexOf(END);
    assertThat(from).isLessThanOrEqualTo(to);
    if (Boolean.getBoolean("readme.update")) {
      Files.writeString(
          file, readme.substring(0, from) + ConfigTable.markdown() + readme.substring(to));
      return;
    }
    assertThat(readme.substring(from, to)).isEqualTo(ConfigTable.markdown());
  }
}
