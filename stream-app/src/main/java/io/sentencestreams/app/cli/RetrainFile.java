package io.sentencestreams.app.cli;

import io.sentencestreams.app.config.ConfigFile;
import io.sentencestreams.trainer.retraining.RetrainConfig;
import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigException;

/** The file of the retraining service. */
final class RetrainFile {
  private RetrainFile() {}

  /**
   * Reads and checks it.
   *
   * @throws ConfigException naming the file and the key
   */
  static RetrainConfig load(Path file) {
    try {
      return new RetrainConfig(ConfigFile.read(file));
    } catch (ConfigException e) {
      if (e.getMessage().contains(file.toString())) {
        throw e;
      }
      ConfigException located = new ConfigException(file + ": " + e.getMessage());
      located.initCause(e);
      throw located;
    }
  }
}
