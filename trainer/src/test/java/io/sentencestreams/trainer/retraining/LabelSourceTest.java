package io.sentencestreams.trainer.retraining;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.schemas.SchemaRegistryException;
import io.sentencestreams.schemas.labels.InvalidLabelException;
import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelSerdes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;

class LabelSourceTest {
  private static final TopicPartition FIRST = new TopicPartition("pairs", 0);
  private static final TopicPartition SECOND = new TopicPartition("pairs", 1);

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
  private final LabelMemory memory = new LabelMemory();
  private boolean registryAnswers = true;
  private int timesAsked;
  private long nanos;

  /** Reads a text that is like another; a registry knows the schema of those in capitals. */
  private final class Reader implements LabelSerdes.Reader {
    @Override
    public Label read(String topic, Headers headers, byte[] value) {
      String text = new String(value, StandardCharsets.UTF_8);
      if (text.isBlank()) {
        throw new InvalidLabelException(Reason.UNREADABLE, "blank");
      }
      timesAsked += Character.isUpperCase(text.charAt(0)) ? 1 : 0;
      if (Character.isUpperCase(text.charAt(0)) && !registryAnswers) {
        throw new SchemaRegistryException("the schema registry could not be asked", null);
      }
      return new Label.ScoredPair(text, "other", 1);
    }

    @Override
    public void close() {}
  }

  @Test
  void shouldWaitForTheRegistryAndReadOnWhereItDidNotAnswer() {
    try (RetrainStatus status = new RetrainStatus();
        LabelSource source = source(status)) {
      add(FIRST, "a", "B", " ", "c");
      add(SECOND, "d");
      registryAnswers = false;
      source.poll(true);
      add(FIRST, "B", " ", "c");
      source.poll(true);
      assertThat(timesAsked).isEqualTo(1);
      nanos += LabelSource.RETRY_NANOS;
      source.poll(true);
      assertThat(timesAsked).isEqualTo(2);
      assertThat(texts()).containsExactlyInAnyOrder("a", "d");
      assertThat(source.offsets().get(FIRST).offset()).isEqualTo(1);
      assertThat(source.offsets().get(SECOND).offset()).isEqualTo(1);
      assertThat(status.blocked().orElseThrow()).contains("pairs-0-1", "could not be asked");
      registryAnswers = true;
      nanos += LabelSource.RETRY_NANOS;
      add(FIRST, "B", " ", "c");
      source.poll(true);
      assertThat(texts()).containsExactlyInAnyOrder("a", "B", "c", "d");
      assertThat(source.offsets().get(FIRST).offset()).isEqualTo(4);
      assertThat(status.blocked()).isEmpty();
      assertThat(memory.counts("pairs").invalid()).isEqualTo(Map.of("UNREADABLE", 1L));
    }
  }

  @Test
  void shouldReadWhatWasWrittenBeforeACommand() {
    try (RetrainStatus status = new RetrainStatus();
        LabelSource source = source(status)) {
      add(commands(), LabelSource.RUN);
      consumer.updateEndOffsets(Map.of(commands(), 1L, FIRST, 1L, SECOND, 1L));
      source.poll(true);
      assertThat(source.isCommanded()).isTrue();
      assertThat(source.hasReadToCommand()).isFalse();
      add(FIRST, "a");
      source.poll(true);
      assertThat(source.hasReadToCommand()).isFalse();
      registryAnswers = false;
      add(SECOND, "B");
      source.poll(true);
      assertThat(source.hasReadToCommand()).as("the registry may never answer").isTrue();
      source.obeyed();
      assertThat(source.isCommanded()).isFalse();
    }
  }

  private TopicPartition commands() {
    return consumer.assignment().stream()
        .filter(partition -> !partition.topic().equals("pairs"))
        .findAny()
        .orElseThrow();
  }

  private LabelSource source(RetrainStatus status) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", "localhost:1");
    properties.put("labels", "pairs");
    properties.put("labels.pairs.kind", "scored-pairs");
    properties.put("releases.folder", "releases");
    properties.put("work.folder", "work");
    properties.put("guard.file", "guard.tsv");
    RetrainConfig config = new RetrainConfig(properties);
    consumer.updatePartitions("pairs", List.of(partition(FIRST), partition(SECOND)));
    TopicPartition commands = new TopicPartition(config.commandsTopic(), 0);
    consumer.updatePartitions(commands.topic(), List.of(partition(commands)));
    consumer.updateBeginningOffsets(Map.of(FIRST, 0L, SECOND, 0L, commands, 0L));
    return new LabelSource(
        config, memory, status, (theConfig, task) -> new Reader(), consumer, () -> nanos);
  }

  private static PartitionInfo partition(TopicPartition partition) {
    Node node = new Node(0, "localhost", 1);
    return new PartitionInfo(
        partition.topic(), partition.partition(), node, new Node[] {node}, new Node[] {node});
  }

  /** As the broker would send them from where the consumer stands. */
  private void add(TopicPartition partition, String... values) {
    long offset = consumer.position(partition);
    for (String value : values) {
      consumer.addRecord(
          new ConsumerRecord<>(
              partition.topic(),
              partition.partition(),
              offset++,
              null,
              value.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private List<String> texts() {
    return memory.fresh().values().stream().map(known -> known.label().texts().get(0)).toList();
  }
}
