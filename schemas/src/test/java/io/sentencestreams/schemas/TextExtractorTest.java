package io.sentencestreams.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextExtractorTest {

  @Test
  void shouldTakePlainTextAsItIsWithoutAByteOrderMark() {
    assertThat(plain(" Grüße \uD83D\uDE00\n".getBytes(UTF_8))).isEqualTo(" Grüße \uD83D\uDE00\n");
    assertThat(plain("\uFEFFtext".getBytes(UTF_8))).isEqualTo("text");
  }

  @Test
  void shouldSayWhereAPlainTextIsNotUtf8() {
    assertRefused(
        () -> plain("Grüße".getBytes(StandardCharsets.ISO_8859_1)),
        "not UTF-8: byte 3 of 5 (0xFC)");
    assertRefused(() -> plain(new byte[] {'a', (byte) 0xE4, (byte) 0xBD}), "byte 2 of 3 (0xE4)");
    // a surrogate has no encoding of its own in UTF-8
    assertRefused(() -> plain(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}), "byte 1 of 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " \t\n",
        "\u2003",
        "\uFEFF",
        "\u00A0",
        "\0\1\u001B",
        "\u007F\u0085",
        "\u200D \u202E",
        "\uFFFD",
        "\uE000",
        "\uFDD0\uFFFF"
      })
  void shouldRefuseTextsThatHoldNothing(String text) {
    assertRefused(() -> plain(text.getBytes(UTF_8)), "the text ");
  }

  @Test
  void shouldTakeControlCharactersBesideLetters() {
    assertThat(plain("\0a\u001B[1m\u007F".getBytes(UTF_8))).isEqualTo("\0a\u001B[1m\u007F");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text           | {"text":"a \\u00e9","n":1}                    | a é
          message.body   | {"x":[{"body":"no"}],"message":{"body":"yes"}} | yes
          /a/b/0         | {"a":{"b":["zero","one"]}}                    | zero
          a.b.1          | {"a":{"b":["zero","one"]}}                    | one
          /a~1b/c~0d/e.f | {"a/b":{"c~d":{"e.f":"deep"}}}                | deep
          0              | {"0":"a name that is a number"}               | a name that is a number
          ''             | "the value itself"                            | the value itself
          """)
  void shouldFindTheFieldOfAJsonValue(String path, String json, String text) {
    assertThat(json(path, json)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          text   | {"body":"a"}                    | the JSON value has no field 'text'
          a.b    | {"a":{"c":"x"}}                 | the JSON value has no field 'a.b'
          a.b    | {"a":"x"}                       | a string where an object or array is expected for 'b'
          a.2    | {"a":["x","y"]}                 | the JSON value has no field 'a.2'
          text   | {"text":12}                     | field 'text' of the JSON value is a number where a string
          text   | {"text":null}                   | is null where a string
          text   | {"text":{"t":"x"}}              | is an object where a string
          text   | {"text":"a","text":"b"}         | 'text' twice in one object
          a.b    | {"a":{"b":"x"},"a":{"c":"y"}}   | 'a' twice in one object
          text   | {"text":"a"} {"text":"b"}       | more follows the JSON value
          text   | {"text":"a"} trailing           | more follows the JSON value
          text   | {"text":"a"                     | not JSON: Unexpected end-of-input
          text   | plain words                     | not JSON: Unrecognized token 'plain'
          text   | {"text":"a", "n": NaN}          | not JSON
          text   | ''                              | not JSON: the value is empty
          text   | {"text":"\\uD83D!"}             | half of a surrogate pair (\\uD83D) at character 1
          text   | {"text":"ok \\uDE00"}           | half of a surrogate pair (\\uDE00) at character 4
          text   | {"text":"  "}                   | field 'text' holds nothing but white space
          text   | {"text":""}                     | field 'text' is empty
          """)
  void shouldSayWhatIsWrongWithAJsonValue(String path, String json, String message) {
    assertRefused(() -> json(path, json), message);
  }

  @Test
  void shouldRefuseJsonThatIsNotUtf8() {
    byte[] latin1 = "{\"text\":\"Grüße\"}".getBytes(StandardCharsets.ISO_8859_1);
    try (TextExtractor extractor = TextExtractor.from(Map.of("input.format", "json"))) {
      assertRefused(
          () -> extractor.extract("t", new RecordHeaders(), latin1), "not JSON: Invalid UTF-8");
    }
  }

  @Test
  void shouldRefuseNestingThatWouldExhaustTheStackWhereverItIs() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    assertRefused(() -> json("text", "{\"other\":" + deep + ",\"text\":\"a\"}"), "nesting depth");
    assertRefused(() -> json("text", "{\"text\":" + deep + "}"), "an array where a string");
  }

  @Test
  void shouldReadPastALargeDocumentToItsField() {
    String filler = "{\"k\":[1,2,3,\"x\"]},".repeat(200_000);
    assertThat(json("text", "{\"f\":[" + filler + "0],\"text\":\"a\"}")).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a..b", ".a", "a.", "/a~2"})
  void shouldRefuseAPathThatIsNone(String path) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> TextExtractor.from(Map.of("input.format", "json", "input.field", path)))
        .withMessageContaining("input.field")
        .withMessageContaining(path);
  }

  private static String plain(byte[] value) {
    try (TextExtractor extractor = TextExtractor.from(Map.of())) {
      return extractor.extract("texts", new RecordHeaders(), value);
    }
  }

  private static String json(String path, String value) {
    Map<String, String> config = Map.of("input.format", "json", "input.field", path);
    try (TextExtractor extractor = TextExtractor.from(config)) {
      return extractor.extract("texts", new RecordHeaders(), value.getBytes(UTF_8));
    }
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
    assertThatExceptionOfType(InvalidRecordException.class)
        .isThrownBy(call)
        .withMessageContaining(message);
  }
}
