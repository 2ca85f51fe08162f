package io.sentencestreams.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ModelRepository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(600)
class CommandLineTest {
  private static EmbeddedBroker broker;

  @TempDir Path folder;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldPutLinesOnATopicAndReadThemBack() throws Exception {
    createTopic("lines");
    Path file = Files.writeString(folder.resolve("texts.txt"), "k1\tfirst\nk2\tzweiter Text ü\n");
    CommandRun produced = onBroker("produce", "--topic", "lines", "--key", "tab", file.toString());
    assertThat(produced.exitCode()).as(produced.err()).isZero();
    assertThat(produced.out()).isEmpty();
    assertThat(produced.err()).contains("2 records on lines");

    CommandRun consumed = onBroker("consume", "--topic", "lines", "--from-beginning", "--max", "2");
    assertThat(consumed.exitCode()).as(consumed.err()).isZero();
    assertThat(consumed.json())
        .extracting(record -> record.path("key").asText() + "=" + record.path("value").asText())
        .containsExactly("k1=first", "k2=zweiter Text ü");
    assertThat(consumed.json())
        .extracting(record -> record.path("offset").asLong())
        .containsExactly(0L, 1L);
  }

  @Test
  void shouldShowAnyBytesAsJson() throws Exception {
    createTopic("bytes");
    send("bytes", "{\"a\": 1}".getBytes(UTF_8), Map.of());
    send("bytes", "{broken".getBytes(UTF_8), Map.of());
    send("bytes", new byte[] {(byte) 0xFF, 0, 1}, Map.of("h", "v"));
    send("bytes", null, Map.of());
    CommandRun consumed = onBroker("consume", "--topic", "bytes", "--from-beginning", "--max", "4");
    assertThat(consumed.json())
        .extracting(record -> record.path("value").toString())
        .containsExactly("{\"a\":1}", "\"{broken\"", "{\"base64\":\"/wAB\"}", "null");
    assertThat(consumed.json().get(2).path("headers").path(0).path("value").asText())
        .isEqualTo("v");
  }

  @Test
  void shouldSayWhatAValueIsThatARegistryWouldRead() throws Exception {
    createTopic("registered");
    send("registered", new byte[] {0, 0, 0, 0, 7, 2, 97}, Map.of());
    send("registered", new byte[] {0, 0, 0, 1, 0, 2, 97}, Map.of());
    CommandRun consumed =
        onBroker("consume", "--topic", "registered", "--from-beginning", "--max", "2");
    assertThat(consumed.json())
        .extracting(record -> record.path("value").path("schema_id").asInt())
        .containsExactly(7, 256);
    assertThat(consumed.err().lines())
        .singleElement()
        .asString()
        .contains("registered-0@0", "schema of id 7", "--registry");
    CommandRun unreachable =
        onBroker(
            "consume",
            "--topic",
            "registered",
            "--from-beginning",
            "--max",
            "1",
            "--registry",
            "http://127.0.0.1:1/apis/registry/v3");
    assertThat(unreachable.exitCode()).isZero();
    assertThat(unreachable.err()).contains("registered-0@0", "cannot be read with it");
  }

  @Test
  void shouldEndQuietlyWhenNoRecordComes() throws Exception {
    createTopic("empty");
    CommandRun consumed =
        onBroker("consume", "--topic", "empty", "--from-beginning", "--timeout-ms", "300");
    assertThat(consumed).isEqualTo(new CommandRun(0, "", ""));
  }

  @Test
  void shouldSendDeadLettersBackOnce() throws Exception {
    createTopic("source");
    createTopic("letters");
    send("source", "far too large to travel".getBytes(UTF_8), Map.of("own", "1"));
    send("letters", "poison".getBytes(UTF_8), letter("source", "0", Map.of("own", "2")));
    send("letters", null, letter("source", "0", Map.of("__streams.errors.omitted.bytes", "23")));

    CommandRun dry = onBroker("dead-letters", "resend", "--topic", "letters", "--all", "--dry-run");
    assertThat(dry.exitCode()).as(dry.err()).isZero();
    assertThat(dry.out().lines()).containsExactly("0:0 -> source", "0:1 -> source");
    CommandRun sent = onBroker("dead-letters", "resend", "--topic", "letters", "--all");
    assertThat(sent.exitCode()).as(sent.err()).isZero();
    CommandRun again = onBroker("dead-letters", "resend", "--topic", "letters", "--all");
    assertThat(again.err()).contains("0 dead letters sent back");
    CommandRun one = onBroker("dead-letters", "resend", "--topic", "letters", "--offsets", "0:0");
    assertThat(one.exitCode()).as(one.err()).isZero();

    List<JsonNode> source =
        onBroker("consume", "--topic", "source", "--from-beginning", "--max", "4").json();
    assertThat(source)
        .extracting(record -> record.path("value").asText())
        .containsExactly("far too large to travel", "poison", "far too large to travel", "poison");
    assertThat(source)
        .allSatisfy(
            record -> {
              assertThat(record.path("headers")).hasSize(1);
              assertThat(record.path("headers").path(0).path("key").asText()).isEqualTo("own");
            });
  }

  @Test
  void shouldSendNothingBackFromATopicOfSomethingElse() throws Exception {
    createTopic("not-letters");
    send("not-letters", "text".getBytes(UTF_8), Map.of());
    CommandRun result = onBroker("dead-letters", "resend", "--topic", "not-letters", "--all");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("not-letters-0@0").contains("__streams.errors.topic");
  }

  @Test
  void shouldKeepWhatWentBackWhenALaterLetterCannotAndGoOnFromThere() throws Exception {
    int count = Resending.MOST_LETTERS + 500;
    createTopic("source-of-many");
    createTopic("many-letters");
    Map<String, String> headers = Map.of("__streams.errors.topic", "source-of-many");
    sendAll("many-letters", Collections.nCopies(count, "text".getBytes(UTF_8)), headers);
    send("many-letters", "no letter".getBytes(UTF_8), Map.of());
    sendAll("many-letters", List.of("the last".getBytes(UTF_8)), headers);

    CommandRun stopped = resend("many-letters", "--all");
    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(stopped.err())
        .hasLineCount(1)
        .contains("many-letters-0@" + count, "--skip-failing")
        .contains(count + " dead letters were sent back before");
    assertThat(stopped.out().lines()).hasSize(count);
    CommandRun again = resend("many-letters", "--all");
    assertThat(again.err()).contains("0 dead letters were sent back before");
    CommandRun rest = resend("many-letters", "--all", "--skip-failing");
    assertThat(rest.exitCode()).as(rest.err()).isZero();
    assertThat(rest.err())
        .contains("0:%d is left out: many-letters-0@%d has no header".formatted(count, count))
        .contains("1 dead letters sent back, 1 left out");
    assertThat(resend("many-letters", "--all").err()).contains("0 dead letters sent back");

    int records = count + 1;
    CommandRun source =
        onBroker(
            "consume",
            "--topic",
            "source-of-many",
            "--from-beginning",
            "--max",
            Integer.toString(records));
    assertThat(source.json()).hasSize(records);
    // Each transaction ends with a mark, which takes an offset.
    assertThat(end("source-of-many")).isEqualTo(records + 3);
  }

  @Test
  void shouldLeaveOutOnlyLettersThatCannotGoBackAndOnlyIfItIsTold() throws Exception {
    createTopic("wide");
    createTopic("narrow", Map.of("max.message.bytes", "1000"));
    createTopic("mixed-letters");
    send("mixed-letters", "first".getBytes(UTF_8), letter("wide", "0", Map.of()));
    Map<String, String> omitted = Map.of("__streams.errors.omitted.bytes", "23");
    send("mixed-letters", null, letter("wide", "1000000", omitted));
    Map<String, String> elsewhere = new HashMap<>(letter("wide", "0", omitted));
    elsewhere.put("__streams.errors.partition", "7");
    send("mixed-letters", null, elsewhere);
    send("mixed-letters", new byte[1], Map.of("__streams.errors.topic", "deleted"));
    send("mixed-letters", new byte[2000], Map.of("__streams.errors.topic", "narrow"));
    send("mixed-letters", "last".getBytes(UTF_8), letter("wide", "0", Map.of()));

    CommandRun named = resend("mixed-letters", "--offsets", "0:0-5");
    assertFailure(named, 1, "mixed-letters-0@1 left its record out");
    assertThat(named.err()).contains("wide-0@1000000", "; 0 dead letters were sent back before");
    CommandRun refused = resend("mixed-letters", "--offsets", "0:4-5");
    assertFailure(
        refused, 1, "0:4 cannot be sent back, since its record cannot be on topic narrow");
    CommandRun sent = resend("mixed-letters", "--all", "--skip-failing");
    assertThat(sent.exitCode()).as(sent.err()).isZero();
    assertThat(sent.out().lines()).containsExactly("0:0 -> wide", "0:5 -> wide");
    assertThat(sent.err())
        .contains("0:1 is left out", "0:2 is left out", "0:3 is left out", "0:4 is left out")
        .contains("deleted, which is not there", "2 dead letters sent back, 4 left out");
    CommandRun wide = onBroker("consume", "--topic", "wide", "--from-beginning", "--max", "2");
    assertThat(wide.json())
        .extracting(record -> record.path("value").asText())
        .containsExactly("first", "last");
  }

  @Test
  void shouldSendBackWhatComesBeforeTheFirstLetterThatItsTopicRefuses() throws Exception {
    createTopic("taking");
    createTopic("refusing", Map.of("max.message.bytes", "1000"));
    createTopic("refused-letters");
    send("refused-letters", "first".getBytes(UTF_8), letter("taking", "0", Map.of()));
    for (int i = 0; i < 2; i++) {
      send("refused-letters", new byte[2000], Map.of("__streams.errors.topic", "refusing"));
    }
    send("refused-letters", "last".getBytes(UTF_8), letter("taking", "0", Map.of()));
    CommandRun stopped = resend("refused-letters", "--all");
    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(stopped.out().lines()).containsExactly("0:0 -> taking");
    assertThat(stopped.err())
        .contains("0:1 cannot be sent back", "; 1 dead letters were sent back before");
    CommandRun again = resend("refused-letters", "--all", "--skip-failing");
    assertThat(again.out().lines()).containsExactly("0:3 -> taking");
  }

  @Test
  void shouldSayWhatIsWrongInOneLineWithItsExitCode() throws Exception {
    createTopic("known");
    String file = Files.writeString(folder.resolve("one.txt"), "text").toString();
    assertFailure(
        onBroker("produce", "--topic", "unknown", file), 1, "topic unknown does not exist");
    assertFailure(onBroker("produce", "--topic", "known", "absent.txt"), 1, "no file absent.txt");
    assertFailure(onBroker("produce", "--topic", "known", folder.toString()), 1, "is a folder");
    assertFailure(
        onBroker("produce", "--topic", "known", "--key", "tab", file), 1, "line 1 has no TAB");
    assertFailure(CommandRun.of("models", "show", "all-MiniLM-L6"), 1, "all-MiniLM-L6-v2");
    assertThat(CommandRun.of("produce", "--nonsense").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("nonsense").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of().exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("broker", "--port", "70000").exitCode()).isEqualTo(2);
    assertThat(onBroker("dead-letters", "resend", "--topic", "known").exitCode()).isEqualTo(2);
    assertThat(onBroker("dead-letters", "resend", "--topic", "known", "--offsets", "x").exitCode())
        .isEqualTo(2);
  }

  @Test
  void shouldEmbedLinesInOrderWithFloatsThatRoundTrip() throws Exception {
    Path file = folder.resolve("texts.txt");
    String longer = "The quick brown fox jumps over the lazy dog and runs away.";
    Files.writeString(file, longer + "\n\nA cat sits.\n");
    CommandRun result = CommandRun.of("embed", "--precision", "fp32", file.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json())
        .extracting(line -> line.path("text").asText())
        .containsExactly(longer, "", "A cat sits.");
    JsonNode printed = result.json().get(2).path("embedding");
    float[] expected;
    try (SentenceEncoder encoder =
        SentenceEncoder.load(
            ModelRepository.DEFAULT_MODEL, EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
      expected = encoder.encode(List.of(longer, "", "A cat sits."))[2];
    }
    assertThat(printed).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Float.parseFloat(printed.get(i).asText())).isEqualTo(expected[i]);
    }
    assertFailure(
        CommandRun.of("embed", "--model", "all-MiniLM-L6", file.toString()), 1, "all-MiniLM-L6-v2");
    assertThat(CommandRun.of("embed", "--precision", "fp7", file.toString()).exitCode())
        .isEqualTo(2);
  }

  @Test
  void shouldListTheKnownModels() throws Exception {
    CommandRun result = CommandRun.of("models", "list", "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.json())
        .extracting(model -> model.path("name").asText())
        .contains("all-MiniLM-L6-v2", "bge-small-en-v1.5");
  }

  @Test
  void shouldExplainEachCommand() {
    for (String command : Main.commandLine().getSubcommands().keySet()) {
      CommandRun result = CommandRun.of(command, "--help");
      assertThat(result.exitCode()).as(command).isZero();
      assertThat(result.out()).as(command).contains("Usage: sentence-streams " + command);
    }
    assertThat(CommandRun.of("--version").out()).startsWith("sentence-streams ");
  }

  private static void assertFailure(CommandRun result, int exitCode, String message) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err()).startsWith("sentence-streams: ").contains(message).hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }

  private static Map<String, String> letter(String topic, String offset, Map<String, String> more) {
    Map<String, String> headers = new HashMap<>(more);
    headers.put("__streams.errors.topic", topic);
    headers.put("__streams.errors.partition", "0");
    headers.put("__streams.errors.offset", offset);
    return headers;
  }

  private static CommandRun onBroker(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--bootstrap-server");
    all.add(broker.bootstrapServers());
    return CommandRun.of(all.toArray(String[]::new));
  }

  private static void createTopic(String name) throws Exception {
    createTopic(name, Map.of());
  }

  private static void createTopic(String name, Map<String, String> settings) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(
          admin, List.of(new NewTopic(name, Optional.of(1), Optional.empty()).configs(settings)));
    }
  }

  private static void send(String topic, byte[] value, Map<String, String> headers)
      throws Exception {
    sendAll(topic, Collections.singletonList(value), headers);
  }

  private static void sendAll(String topic, List<byte[]> values, Map<String, String> headers)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sends = new ArrayList<>();
      for (byte[] value : values) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, value);
        headers.forEach((key, text) -> record.headers().add(key, text.getBytes(UTF_8)));
        sends.add(producer.send(record));
      }
      for (Future<RecordMetadata> send : sends) {
        send.get();
      }
    }
  }

  private static CommandRun resend(String topic, String... more) {
    List<String> all = new ArrayList<>(List.of("dead-letters", "resend", "--topic", topic));
    all.addAll(List.of(more));
    return onBroker(all.toArray(String[]::new));
  }

  /** The offset behind the last record or mark of a topic of one partition. */
  private static long end(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    }
  }
}
