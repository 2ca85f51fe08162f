package io.sentencestreams.schemas.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.apache.kafka.common.config.ConfigException;

/** Avro schemas named in the configuration. */
public final class SchemaFiles {
  private SchemaFiles() {}

  /**
   * Reads one schema from each file; two files may hold two versions of one name.
   *
   * @param key configuration key that named the files
   * @throws ConfigException if a file is missing or holds no schema
   */
  public static List<Schema> read(String key, List<String> files) {
    return files.stream().map(file -> read(key, file)).toList();
  }

  private static Schema read(String key, String file) {
    try {
      return new Schema.Parser().parse(Files.readString(Path.of(file)));
    } catch (SchemaParseException e) {
      throw new ConfigException(key, file, "the file holds no Avro schema: " + e.getMessage());
    } catch (InvalidPathException | IOException e) {
      throw new ConfigException(key, file, "the file cannot be read: " + e);
    }
  }
}
