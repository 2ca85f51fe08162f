package io.sentencestreams.app;

import static io.sentencestreams.app.TestStream.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.broker.EmbeddedBroker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records that hold no text, or none that can be used, each sent between good ones: it becomes a
 * dead letter with its reason, and the stream goes on.
 */
class BadRecordsTest {
  private static final Schema SCHEMA =
      SchemaBuilder.record("Message").fields().requiredString("text").endRecord();
  private static final Schema OTHER_SCHEMA =
      SchemaBuilder.record("Other").fields().requiredInt("text").endRecord();
  private static final Schema KNOWN_WITHOUT_FIELD =
      SchemaBuilder.record("Renamed").fields().requiredString("body").endRecord();
  private static final Schema KNOWN_WITH_NUMBER =
      SchemaBuilder.record("Number").fields().requiredLong("text").endRecord();

  @TempDir private static Path folder;

  private static EmbeddedBroker broker;
  private static TestStream texts;
  private static TestStream json;
  private static TestStream avro;

  @BeforeAll
  static void startStreams() throws IOException {
    broker = EmbeddedBroker.start();
    texts = TestStream.on(broker, "plain", folder).start();
    json =
        TestStream.on(broker, "json", folder)
            .with("input.format", "json")
            .format("{\"n\": 1, \"text\": \"%s\"}"::formatted)
            .start();
    avro =
        TestStream.on(broker, "avro", folder)
            .with("input.format", "avro")
            .with(
                "input.avro.schema.files",
                String.join(",", file(SCHEMA), file(KNOWN_WITHOUT_FIELD), file(KNOWN_WITH_NUMBER)))
            .format(text -> new String(encode(SCHEMA, "text", text), StandardCharsets.ISO_8859_1))
            .start();
  }

  @AfterAll
  static void nothingElseCameOut() {
    try {
      texts.close();
      json.close();
      avro.close();
    } finally {
      broker.close();
    }
  }

  @Test
  void shouldPassANullValueOnAsATombstoneInItsPlace() {
    String before = texts.sendGood();
    texts.send(null);
    String after = texts.sendGood();
    texts.assertNext(before);
    ConsumerRecord<byte[], byte[]> tombstone = texts.nextOutput();
    assertThat(tombstone.value()).isNull();
    assertThat(tombstone.key()).isNotNull();
    texts.assertNext(after);
    texts.assertHealthy();
  }

  @Test
  void shouldSendAnEmptyTextToTheDeadLetters() {
    texts.assertDeadLetter(new byte[0], "the text is empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", " \t\r\n", "\u00a0\u2003\u3000"})
  void shouldSendABlankTextToTheDeadLetters(String blank) {
    texts.assertDeadLetter(bytes(blank), "the text holds nothing but white space");
  }

  @Test
  void shouldSendInvalidUtf8ToTheDeadLettersAndSayWhere() {
    byte[] latin1 = "Gr\u00fc\u00dfe".getBytes(StandardCharsets.ISO_8859_1);
    texts.assertDeadLetter(latin1, "not UTF-8: byte 3 of 5 (0xFC)");
  }

  @Test
  void shouldSendALoneSurrogateToTheDeadLetters() {
    byte[] surrogate = {'a', (byte) 0xED, (byte) 0xA0, (byte) 0xBD, 'b'};
    texts.assertDeadLetter(surrogate, "not UTF-8: byte 2 of 5");
  }

  @Test
  void shouldEmbedControlCharactersBesideLetters() {
    texts.assertEmbedded("a\0b\u0001c\u001b[31m\u007f\u0085");
  }

  @Test
  void shouldSendControlCharactersAloneToTheDeadLetters() {
    texts.assertDeadLetter(
        bytes("\0\u0001\u001b\u007f"), "nothing but white space and control characters");
  }

  @Test
  void shouldEmbedCharactersOutsideOfTheBasicPlane() {
    texts.assertEmbedded("\ud83d\udc69\u200d\ud83d\udcbb e\u0301");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"text\": \"a\" | not JSON: Unexpected end-of-input",
        "plain words | not JSON: Unrecognized token 'plain'",
        "{\"text\": \"a\"} {} | more follows the JSON value",
        "'' | not JSON: the value is empty"
      })
  void shouldSendJsonThatDoesNotParseToTheDeadLetters(String value, String reason) {
    json.assertDeadLetter(bytes(value), reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"body\": \"a\"}", "{}", "{\"nested\": {\"text\": \"a\"}}"})
  void shouldSendJsonWithoutTheFieldToTheDeadLetters(String value) {
    json.assertDeadLetter(bytes(value), "the JSON value has no field 'text'");
  }

  @ParameterizedTest
  @CsvSource({"42,a number", "null,null", "true,a boolean", "[],an array", "{},an object"})
  void shouldSendJsonWithSomethingElseInTheFieldToTheDeadLetters(String value, String what) {
    json.assertDeadLetter(
        bytes("{\"text\": " + value + "}"),
        "field 'text' of the JSON value is " + what + " where a string is expected");
  }

  @Test
  void shouldSendJsonWithALoneSurrogateToTheDeadLetters() {
    json.assertDeadLetter(
        bytes("{\"text\": \"cat \\ud83d\"}"), "half of a surrogate pair (\\uD83D) at character 5");
  }

  @Test
  void shouldPassANullValueOnAsATombstoneWhateverTheFormat() {
    for (TestStream stream : new TestStream[] {json, avro}) {
      stream.send(null);
      assertThat(stream.nextOutput().value()).isNull();
    }
  }

  @Test
  void shouldSendAvroOfASchemaThatIsNotKnownToTheDeadLetters() {
    avro.assertDeadLetter(
        encode(OTHER_SCHEMA, "text", 7), "the Avro value was written with schema ");
  }

  @Test
  void shouldSendAvroOfAKnownSchemaWithoutTheFieldToTheDeadLetters() {
    avro.assertDeadLetter(
        encode(KNOWN_WITHOUT_FIELD, "body", "a"), "Renamed has no field 'text' but [body]");
  }

  @Test
  void shouldSendAvroWithANumberInTheFieldToTheDeadLetters() {
    avro.assertDeadLetter(
        encode(KNOWN_WITH_NUMBER, "text", 7L),
        "field 'text' of the Avro value is of type Long where a string is expected");
  }

  @Test
  void shouldSendAnUnknownMagicByteToTheDeadLetters() {
    byte[] value = encode(SCHEMA, "text", "a");
    value[0] = 0x7F;
    avro.assertDeadLetter(value, "not an Avro value: it begins with 7F 01");
  }

  @Test
  void shouldTellValuesOfARegistryByTheirMagicByte() {
    avro.assertDeadLetter(new byte[] {0, 0, 0, 0, 1, 2, 'a'}, "set schema.registry.url");
  }

  @Test
  void shouldSendAvroThatIsCutOffToTheDeadLetters() {
    byte[] value = encode(SCHEMA, "text", "a longer text");
    avro.assertDeadLetter(
        Arrays.copyOf(value, value.length - 4), "is no Message, the schema it names");
  }

  @Test
  void shouldNotBelieveTheLengthThatAnAvroValueSaysItHas() {
    byte[] value = Arrays.copyOf(encode(SCHEMA, "text", ""), 16);
    // 2,000,000,000 as Avro writes it
    System.arraycopy(
        new byte[] {(byte) 0x80, (byte) 0xD0, (byte) 0xAC, (byte) 0xF3, 0x0E}, 0, value, 10, 5);
    avro.assertDeadLetter(value, "is no Message, the schema it names");
  }

  private static String file(Schema schema) throws IOException {
    return Files.writeString(folder.resolve(schema.getName() + ".avsc"), schema.toString())
        .toString();
  }

  private static byte[] encode(Schema schema, String field, Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      new BinaryMessageEncoder<>(GenericData.get(), schema)
          .encode(new GenericRecordBuilder(schema).set(field, value).build(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
