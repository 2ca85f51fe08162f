package io.sentencestreams.app.cli;

import io.sentencestreams.schemas.SerdeConfig;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "consume",
    description = {
      "Prints the records of a topic as JSON lines: topic, partition, offset, timestamp, key,"
          + " headers, value.",
      "A value is shown as JSON if it is JSON or Avro that the stream wrote (embeddings,"
          + " duplicates,",
      "clusters, their texts), as text if it is UTF-8, else as base64. For Avro that was written"
          + " with",
      "a schema registry, of any schema, --registry says where that is, or schema.registry.url in",
      "--config: the stream's own file will do."
    },
    footer = {
      "",
      "Examples:",
      "  sentence-streams consume --topic embeddings --from-beginning --max 3",
      "  sentence-streams consume --topic embeddings --from-beginning --timeout-ms 2000 >"
          + " all.jsonl",
      "  sentence-streams consume --topic embeddings --config stream.properties",
      "  sentence-streams consume --topic labels --registry http://localhost:8081/apis/registry/v3"
    })
final class ConsumeCommand implements Callable<Integer> {
  private static final Duration POLL = Duration.ofMillis(100);

  /** Kafka's own names. */
  enum Isolation {
    /** What transactions have committed. */
    read_committed,
    /** All there is. */
    read_uncommitted
  }

  @Spec private CommandSpec spec;
  @Mixin private KafkaOptions kafka;

  @Option(names = "--topic", required = true, paramLabel = "T", description = "The topic.")
  private String topic;

  @Option(names = "--max", paramLabel = "N", description = "End after N records.")
  private Long max;

  @Option(
      names = "--from-beginning",
      description = "Start at the oldest record, not at the next new one.")
  private boolean fromBeginning;

  @Option(
      names = "--timeout-ms",
      paramLabel = "MS",
      description = "End when no record came for so long; default: wait for ever.")
  private Long timeoutMillis;

  @Option(
      names = "--isolation",
      defaultValue = "read_committed",
      paramLabel = "LEVEL",
      description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private Isolation isolation;

  @Option(
      names = "--registry",
      paramLabel = "URL",
      description = "The schema registry, as schema.registry.url of the stream.")
  private String registry;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    if (max != null && max < 0) {
      throw new ParameterException(command, "--max must be at least 0, not " + max);
    }
    if (timeoutMillis != null && timeoutMillis < 0) {
      throw new ParameterException(
          command, "--timeout-ms must be at least 0, not " + timeoutMillis);
    }
    List<TopicPartition> partitions = kafka.partitions(topic);
    Map<String, Object> properties = kafka.properties();
    properties.put("isolation.level", isolation.name());
    properties.put("enable.auto.commit", "false");
    if (registry != null) {
      properties.put(SerdeConfig.SCHEMA_REGISTRY_URL, registry);
    }
    PrintWriter out = command.getOut();
    try (RecordJson records = new RecordJson(properties, command.getErr());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(partitions);
      if (fromBeginning) {
        consumer.seekToBeginning(partitions);
      } else {
        consumer.seekToEnd(partitions);
      }
      long printed = 0;
      long quietSince = System.nanoTime();
      while (max == null || printed < max) {
        List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>();
        consumer.poll(POLL).forEach(batch::add);
        for (ConsumerRecord<byte[], byte[]> record : batch) {
          if (max != null && printed == max) {
            break;
          }
          out.println(records.of(record));
          printed++;
        }
        out.flush();
        if (out.checkError()) {
          return 0; // the reader of a pipe has had enough
        }
        if (!batch.isEmpty()) {
          quietSince = System.nanoTime();
        } else if (timeoutMillis != null
            && System.nanoTime() - quietSince > timeoutMillis * 1_000_000L) {
          break;
        }
      }
      return 0;
    }
  }
}
