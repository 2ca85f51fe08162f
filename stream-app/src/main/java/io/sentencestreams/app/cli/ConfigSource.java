package io.sentencestreams.app.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The configuration of a command, or its keys instead: one of the two. */
final class ConfigSource {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Properties: the command's own keys, and Kafka's where it needs a cluster.")
  private Path config;

  @Option(names = "--keys", description = "Print the command's own keys, as a file to edit.")
  private boolean keys;

  /** The file; empty if the keys are asked for. */
  Optional<Path> file() {
    return keys ? Optional.empty() : Optional.of(config);
  }
}
