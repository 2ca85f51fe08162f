package io.sentencestreams.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  @TempDir private Path folder;

  @Test
  void shouldReadOurKeysAndPassKafkasOnOverOurDefaults() throws IOException {
    AppConfig config =
        load(
            "bootstrap.servers=localhost:9092",
            "input.topics = a, b",
            "num.stream.threads=3",
            "main.consumer.session.timeout.ms=20000",
            "producer.linger.ms=7");
    assertThat(config.inputTopics()).containsExactly("a", "b");
    Map<String, Object> streams = config.streamsProperties();
    assertThat(streams)
        .containsEntry("num.stream.threads", "3")
        .containsEntry("main.consumer.session.timeout.ms", "20000")
        .containsEntry("processing.guarantee", "exactly_once_v2")
        .containsEntry("ensure.explicit.internal.resource.naming", true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "consumer.", "main.consumer."})
  void shouldLetTheUsersConsumerKeysWinWhateverTheirPrefix(String prefix) throws IOException {
    AppConfig config = load("bootstrap.servers=localhost:9092", prefix + "max.poll.records=7");
    StreamsConfig streams = new StreamsConfig(config.streamsProperties());
    assertThat(streams.getMainConsumerConfigs("group", "client", 1))
        .containsEntry("max.poll.records", "7")
        .containsEntry("session.timeout.ms", 10_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "consumer.", "main.consumer."})
  void shouldReadOnlyTheInputFromWhereTheUserSays(String prefix) throws IOException {
    AppConfig config =
        load("bootstrap.servers=localhost:9092", prefix + "auto.offset.reset=latest");
    StreamsConfig streams = new StreamsConfig(config.streamsProperties());
    assertThat(config.inputReset()).isEqualTo(AutoOffsetReset.latest());
    assertThat(streams.getMainConsumerConfigs("group", "client", 1))
        .containsEntry("auto.offset.reset", "earliest");
  }

  @Test
  void shouldUnderstandAllOfKafkasWaysToBegin() throws IOException {
    assertThat(inputReset("earliest")).isEqualTo(AutoOffsetReset.earliest());
    assertThat(inputReset("none")).isEqualTo(AutoOffsetReset.none());
    assertThat(inputReset("by_duration:PT1H"))
        .isEqualTo(AutoOffsetReset.byDuration(Duration.ofHours(1)));
    assertThat(load("bootstrap.servers=localhost:9092").inputReset())
        .isEqualTo(AutoOffsetReset.earliest());
    for (String wrong : List.of("sometime", "by_duration:1 hour")) {
      assertThatThrownBy(() -> inputReset(wrong))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("auto.offset.reset")
          .hasMessageContaining(wrong);
    }
  }

  private AutoOffsetReset inputReset(String policy) throws IOException {
    return load("bootstrap.servers=localhost:9092", "auto.offset.reset=" + policy).inputReset();
  }

  @ParameterizedTest
  @CsvSource({
    "input.topic=x, input.topics",
    "output.topik=x, output.topic",
    "batch.max.token=5, batch.max.tokens",
    "bootstrap.server=x, bootstrap.servers",
    "num.stream.thread=2, num.stream.threads",
    "main.consumer.session.timout.ms=5, main.consumer.session.timeout.ms",
    "sasl.mechansim=PLAIN, sasl.mechanism"
  })
  void shouldNameTheNearestRightKeyWhenOneIsMistyped(String line, String meant) {
    assertThatThrownBy(() -> load("bootstrap.servers=localhost:9092", line))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(line.substring(0, line.indexOf('=')))
        .hasMessageContaining("did you mean " + meant + "?");
  }

  @Test
  void shouldLetThroughKeysOfARegistryAndThoseThatTheUserNames() throws IOException {
    AppConfig config =
        load(
            "bootstrap.servers=localhost:9092",
            "basic.auth.user.info=me:secret",
            "config.pass.through=my.serializer.",
            "my.serializer.mode=7");
    assertThat(config.originals()).containsEntry("my.serializer.mode", "7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "processing.guarantee=exactly_once | exactly_once_v2 or at_least_once",
        "batch.max.tokens=many | batch.max.tokens",
        "batch.max.tokens=0 | batch.max.tokens",
        "input.topics=embeddings | would read what it writes",
        "dead.letter.topic=embeddings | must differ from output.topic",
        "duplicates.topic=embeddings | must differ from output.topic",
        "unique.topic=unique | set duplicates.topic",
        "auto.offset.reset=sometime | must be earliest, latest, none or by_duration",
        "model.precision=fp8 | model.precision",
        "in.flight.max.ms=9000 | in.flight.max.ms",
        "input.format=xml | input.format",
        "group.protocol=streams | must be classic",
        "production.exception.handler=a.B | dead-letter topic by themselves",
        "default.production.exception.handler=a.B | dead-letter topic by themselves"
      })
  void shouldSayWhatIsWrongWithAValue(String line, String message) {
    assertThatThrownBy(() -> load("bootstrap.servers=localhost:9092", line))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("app.properties")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"embeddings", "embeddings-dead-letters", "pairs", "texts"})
  void shouldRefuseATopicOfFirstOccurrencesThatIsUsedAlready(String topic) {
    assertThatThrownBy(
            () ->
                load(
                    "bootstrap.servers=localhost:9092",
                    "duplicates.topic=pairs",
                    "unique.topic=" + topic))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(topic);
  }

  @Test
  void shouldSayThatTheBrokersAddressIsMissing() {
    assertThatThrownBy(() -> load("input.topics=texts"))
        .hasMessageContaining("bootstrap.servers is missing");
  }

  @Test
  void shouldRefuseAKeyThatIsGivenTwice() {
    assertThatThrownBy(() -> load("bootstrap.servers=a:1", "model=x", "model=y"))
        .hasMessageContaining("given twice: model");
  }

  @Test
  void shouldNameAFileThatIsMissing() {
    assertThatThrownBy(() -> ConfigFile.load(folder.resolve("none.properties")))
        .hasMessageContaining("there is no file")
        .hasMessageContaining("none.properties");
  }

  private AppConfig load(String... lines) throws IOException {
    Path file = folder.resolve("app.properties");
    Files.write(file, java.util.List.of(lines));
    return ConfigFile.load(file);
  }
}
