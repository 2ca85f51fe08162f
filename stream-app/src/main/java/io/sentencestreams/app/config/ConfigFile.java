package io.sentencestreams.app.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;

/** Reads a configuration from a file of properties. */
public final class ConfigFile {
  private ConfigFile() {}

  /**
   * Reads and checks a file.
   *
   * @throws ConfigException if it cannot be read, a key is unknown or given twice, or a value is
   *     wrong; the message names the file, the key and what to do
   */
  public static AppConfig load(Path file) {
    Map<String, Object> properties = read(file);
    List<String> passThrough = passThrough(properties);
    List<String> problems = ConfigNames.unknown(properties, passThrough);
    if (!problems.isEmpty()) {
      throw new ConfigException(file + ": " + String.join("; ", problems));
    }
    try {
      AppConfig config = new AppConfig(properties);
      config.streamsProperties();
      return config;
    } catch (ConfigException e) {
      ConfigException located = new ConfigException(file + ": " + e.getMessage());
      located.initCause(e);
      throw located;
    }
  }

  /** The properties in a file, as they stand there. */
  public static Map<String, Object> read(Path file) {
    List<String> twice = new ArrayList<>();
    Properties properties =
        new Properties() {
          @Override
          public synchronized Object put(Object key, Object value) {
            Object before = super.put(key, value);
            if (before != null) {
              twice.add(key.toString());
            }
            return before;
          }
        };
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      throw new ConfigException("there is no file " + file);
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + " is not UTF-8");
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + e.getMessage());
    } catch (IOException e) {
      throw new ConfigException(file + " cannot be read: " + e);
    }
    if (!twice.isEmpty()) {
      throw new ConfigException(file + ": given twice: " + String.join(", ", twice));
    }
    Map<String, Object> read = new TreeMap<>();
    properties.forEach((key, value) -> read.put(key.toString(), value.toString().strip()));
    return read;
  }

  private static List<String> passThrough(Map<String, Object> properties) {
    String value = (String) properties.getOrDefault(AppConfig.PASS_THROUGH, "");
    return List.of(value.split("\\s*,\\s*"));
  }
}
