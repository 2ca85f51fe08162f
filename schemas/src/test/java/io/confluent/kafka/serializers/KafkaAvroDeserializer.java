package io.confluent.kafka.serializers;

import io.sentencestreams.schemas.RegistryClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * The name and the contract of Confluent's deserializer, in tests only: it looks the schema up by
 * the id in the value, and makes generated records where {@code specific.avro.reader} is set.
 */
public final class KafkaAvroDeserializer implements Deserializer<Object> {
  private RegistryClient registry;
  private boolean specific;

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    registry = new RegistryClient(configs.get("schema.registry.url").toString());
    specific = Boolean.parseBoolean(String.valueOf(configs.get("specific.avro.reader")));
  }

  @Override
  public Object deserialize(String topic, byte[] value) {
    if (value == null) {
      return null;
    }
    if (value.length < 5 || value[0] != 0) {
      throw new SerializationException("Unknown magic byte!");
    }
    int id = ByteBuffer.wrap(value).getInt(1);
    Schema writer = registry.schema(id);
    Decoder body = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
    try {
      return reader(writer).read(null, body);
    } catch (IOException e) {
      throw new SerializationException("Error deserializing Avro message for id " + id, e);
    }
  }

  private DatumReader<Object> reader(Schema writer) {
    return specific ? new SpecificDatumReader<>(writer) : new GenericDatumReader<>(writer);
  }
}
