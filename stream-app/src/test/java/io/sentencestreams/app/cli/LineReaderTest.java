package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {
  @Test
  void shouldKeepEmptyLinesAndDropLineEndsAndTheByteOrderMark() {
    assertThat(read("\uFEFFone\r\n\ntwo\n\uFEFFthree".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("one", "", "two", "\uFEFFthree");
    assertThat(read(new byte[0])).isEmpty();
    assertThat(read("last\n".getBytes(StandardCharsets.UTF_8))).containsExactly("last");
  }

  @Test
  void shouldReadLinesLongerThanItsBuffer() {
    String line = "äöü€😀".repeat(50_000);
    assertThat(read((line + "\n" + line).getBytes(StandardCharsets.UTF_8)))
        .containsExactly(line, line);
  }

  @Test
  void shouldNameTheLineThatIsNotUtf8() {
    byte[] bytes = {'a', '\n', 'b', (byte) 0xE9, 'c', '\n'};
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("texts.txt, line 2 is not UTF-8");
  }

  private static List<String> read(byte[] bytes) {
    List<String> lines = new ArrayList<>();
    try (LineReader reader = new LineReader("texts.txt", new ByteArrayInputStream(bytes))) {
      for (String line = reader.next(); line != null; line = reader.next()) {
        lines.add(line);
        assertThat(reader.lineNumber()).isEqualTo(lines.size());
      }
    }
    return lines;
  }
}
