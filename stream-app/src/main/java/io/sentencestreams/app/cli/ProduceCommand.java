package io.sentencestreams.app.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import me.tongfei.progressbar.ProgressBar;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "produce",
    description = "Puts each line of a file on a topic, in order, acknowledged by all replicas.",
    footer = {
      "",
      "Examples:",
      "  sentence-streams produce --topic texts headlines.txt",
      "  tail -f app.log | sentence-streams produce --topic texts -"
    })
final class ProduceCommand implements Callable<Integer> {
  /** Where a record's key comes from. */
  enum KeySource {
    /** No key. */
    none,
    /** The number of the line, from 1. */
    line,
    /** What stands before the first TAB, which leaves the value. */
    tab
  }

  @Spec private CommandSpec spec;
  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--topic",
      required = true,
      paramLabel = "T",
      description = "The topic; it must exist.")
  private String topic;

  @Option(
      names = "--key",
      defaultValue = "none",
      description = "Key of a record: none, line (its number), tab (what stands before a TAB).")
  private KeySource key;

  @Parameters(paramLabel = "FILE", description = "Lines of UTF-8 text; - is standard input.")
  private String file;

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the callback tells how a send ended
  public Integer call() {
    try (LineReader lines = LineReader.open(file)) {
      kafka.partitions(topic); // it must exist, and the cluster answer
      Map<String, Object> properties = kafka.properties();
      properties.putIfAbsent("acks", "all");
      properties.putIfAbsent("linger.ms", "5");
      AtomicReference<Exception> failure = new AtomicReference<>();
      AtomicLong acknowledged = new AtomicLong();
      try (KafkaProducer<String, String> producer =
              new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
          ProgressBar bar = Progress.bar("produce", -1)) {
        for (String line = lines.next(); line != null; line = lines.next()) {
          producer.send(
              record(line, lines.lineNumber()),
              (metadata, e) -> {
                if (e == null) {
                  acknowledged.incrementAndGet();
                } else {
                  failure.compareAndSet(null, e);
                }
              });
          bar.step();
          if (failure.get() != null) {
            break;
          }
        }
        producer.flush();
      }
      if (failure.get() != null) {
        throw new CommandException(
            "%d lines were put on %s, then: %s"
                .formatted(acknowledged.get(), topic, failure.get().getMessage()),
            failure.get());
      }
      spec.commandLine().getErr().printf("%d records on %s%n", acknowledged.get(), topic);
      return 0;
    }
  }

  private ProducerRecord<String, String> record(String line, long number) {
    return switch (key) {
      case none -> new ProducerRecord<>(topic, line);
      case line -> new ProducerRecord<>(topic, Long.toString(number), line);
      case tab -> {
        int tab = line.indexOf('\t');
        if (tab < 0) {
          throw new CommandException(
              "%s, line %d has no TAB, and --key tab takes the key from before it"
                  .formatted(file, number));
        }
        yield new ProducerRecord<>(topic, line.substring(0, tab), line.substring(tab + 1));
      }
    };
  }
}
