package io.sentencestreams.app.cli;

import io.sentencestreams.app.FileTree;
import io.sentencestreams.app.benchmark.BenchmarkTexts;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.config.ConfigFile;
import io.sentencestreams.app.config.ConfigNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine.Option;

/** What the benchmarks of the stream have in common. */
final class BenchmarkOptions {
  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "Lines to feed, again from the start when used up; default: generated texts.")
  private Path input;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Properties of Kafka and of this program, as of the stream command; the address of the"
              + " broker and the topics are the benchmark's own.")
  private Path configFile;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  boolean json() {
    return json;
  }

  BenchmarkTexts texts() {
    if (input == null) {
      return BenchmarkTexts.generated();
    }
    try {
      return BenchmarkTexts.of(input);
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandException("--input: " + input + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** The keys of the configuration file; none without one. */
  Map<String, Object> config() {
    if (configFile == null) {
      return Map.of();
    }
    Map<String, Object> config = ConfigFile.read(configFile);
    List<String> problems = ConfigNames.unknown(config, List.of());
    if (!problems.isEmpty()) {
      throw new ConfigException(configFile + ": " + String.join("; ", problems));
    }
    return config;
  }

  /** The configuration as far as it names the model. */
  AppConfig appConfig() {
    Map<String, Object> config = new HashMap<>(config());
    config.putIfAbsent(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "localhost:9092");
    return new AppConfig(config);
  }

  interface Work<T> {
    T in(Path folder) throws IOException, InterruptedException;
  }

  /** Does work with a temporary folder. */
  <T> T withFolder(Work<T> work) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("sentence-streams-benchmark");
    try {
      return work.in(folder);
    } finally {
      FileTree.delete(folder);
    }
  }
}
