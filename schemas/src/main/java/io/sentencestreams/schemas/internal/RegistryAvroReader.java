package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.InvalidRecordException;
import io.sentencestreams.schemas.SchemaRegistryException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/** Avro values that a registry's deserializer decodes. */
final class RegistryAvroReader implements FieldReader {
  private final Deserializer<Object> deserializer;
  private final AvroField field;

  /** Owns and closes the deserializer given. */
  RegistryAvroReader(Deserializer<Object> deserializer, AvroField field) {
    this.deserializer = deserializer;
    this.field = field;
  }

  @Override
  public String read(String topic, Headers headers, byte[] value) {
    return field.in(decode(topic, headers, value));
  }

  @Override
  public void close() {
    deserializer.close();
  }

  // A deserializer of others may throw anything, and what it throws decides between a dead letter
  // and another try.
  private Object decode(String topic, Headers headers, byte[] value) {
    try {
      return deserializer.deserialize(topic, headers, value);
    } catch (RuntimeException e) {
      if (RegistryFailure.isIn(e)) {
        throw new SchemaRegistryException(
            "%s could not get the schema of a value on topic %s from the registry: %s"
                .formatted(
                    deserializer.getClass().getName(), topic, RegistryFailure.rootMessage(e)),
            e);
      }
      throw new InvalidRecordException(
          "not an Avro value that %s reads: %s; it begins with %s, and a registry's values begin with 00 and a 4-byte id"
              .formatted(
                  deserializer.getClass().getSimpleName(),
                  RegistryFailure.rootMessage(e),
                  Bytes.start(value)),
          e);
    }
  }
}
