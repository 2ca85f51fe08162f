package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.Weights;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code stream} where it cannot start: it says what is wrong, where, and what to do, and ends with
 * exit code 1.
 */
class BadStartTest {
  private static EmbeddedBroker broker;

  @TempDir private Path folder;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(
          admin,
          Stream.of("texts", "embeddings", "embeddings-dead-letters")
              .map(name -> new NewTopic(name, 1, (short) 1))
              .toList());
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldNameAnInputTopicThatIsMissingAndHowToMakeIt() throws IOException {
    assertRefused(
        stream("input.topics=texts,txets"),
        "input.topics: topic txets does not exist; create it (kafka-topics.sh --create");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--check", "--create-topics"})
  void shouldSayThatNoBrokerAnswersAndWhere(String option) throws IOException {
    String address;
    try (ServerSocket socket = new ServerSocket(0)) {
      address = "127.0.0.1:" + socket.getLocalPort(); // nobody listens on it once it is closed
    }
    Path file =
        Files.write(
            folder.resolve("stream.properties"),
            List.of("bootstrap.servers=" + address, "http.port=-1", "default.api.timeout.ms=1500"));
    List<String> arguments = new ArrayList<>(List.of("stream", "--config", file.toString()));
    if (!option.isEmpty()) {
      arguments.add(option);
    }
    assertRefused(
        CommandRun.of(arguments.toArray(String[]::new)),
        "bootstrap.servers: no broker answers at " + address,
        "is it running, and are address, port and security.protocol right?");
  }

  @Test
  void shouldNameTheNearestRightKeyWhereOneIsMistyped() throws IOException {
    assertRefused(
        stream("ouput.topic=embeddings"),
        "stream.properties: unknown key ouput.topic: did you mean output.topic?");
  }

  @Test
  void shouldNameTheNearestModelWhereOneIsMistyped() throws IOException {
    assertRefused(stream("model=all-MiniLM-L6-v3"), "did you mean all-MiniLM-L6-v2?");
  }

  @Test
  void shouldNameAModelFolderThatIsMissing() throws IOException {
    Path missing = folder.resolve("no-model");
    assertRefused(stream("model=" + missing), "the folder " + missing + " does not exist");
  }

  @Test
  void shouldNameTheWeightsThatAreCutOff() throws IOException {
    Path model = model();
    truncate(model.resolve("model.safetensors"));
    assertRefused(
        stream("model=" + model),
        model.resolve("model.safetensors") + " is not a valid safetensors file",
        "it is cut off");
  }

  @Test
  void shouldNameTheTokenizerThatIsCutOff() throws IOException {
    Path model = model();
    truncate(model.resolve("tokenizer.json"));
    assertRefused(
        stream("model=" + model),
        model.resolve("tokenizer.json") + " is not a tokenizer that can be used");
  }

  @Test
  void shouldNameAnArchitectureThatIsNotSupported() throws IOException {
    Path model = model();
    Files.writeString(
        model.resolve("config.json"),
        "{\"model_type\": \"t5\", \"d_model\": 16, \"num_heads\": 2, \"vocab_size\": 108}");
    assertRefused(
        stream("model=" + model),
        model.resolve("config.json") + ": model_type 't5' is not supported; bert, ");
  }

  @Test
  void shouldNameTheTensorWithANanInIt() throws IOException {
    Path model = model();
    String name = "embeddings.word_embeddings.weight";
    Path file = model.resolve("model.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Weights weights = Safetensors.open(file)) {
      for (String tensor : weights.names()) {
        ByteBuffer view = weights.get(tensor).data();
        ByteBuffer data = ByteBuffer.allocate(view.remaining()).order(view.order()).put(view);
        tensors.put(tensor, new Tensor(weights.get(tensor).type(), data.flip()));
      }
    }
    tensors.get(name).data().putFloat(0, Float.NaN);
    Safetensors.write(file, tensors, Map.of("format", "pt"));
    assertRefused(
        stream("model=" + model), name + " has NaN or infinity", "the weights are damaged");
  }

  private static void assertRefused(CommandRun run, String... messages) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).doesNotContain("\tat ");
    assertThat(run.err().lines().filter(line -> line.startsWith("sentence-streams: ")))
        .singleElement()
        .asString()
        .contains(messages);
  }

  private CommandRun stream(String line) throws IOException {
    Path file =
        Files.write(
            folder.resolve("stream.properties"),
            List.of(
                "bootstrap.servers=" + broker.bootstrapServers(),
                "state.dir=" + folder.resolve("state"),
                "http.port=-1",
                "model.precision=fp32",
                line));
    return CommandRun.of("stream", "--config", file.toString());
  }

  /** A copy of a small model, to be damaged. */
  private Path model() throws IOException {
    Path source =
        Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");
    Path copy = folder.resolve("model");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(source.relativize(file).toString()));
      }
    }
    return copy;
  }

  private static void truncate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
  }
}
