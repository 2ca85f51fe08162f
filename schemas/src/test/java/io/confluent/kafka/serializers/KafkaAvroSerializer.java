package io.confluent.kafka.serializers;

import io.sentencestreams.schemas.RegistryClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.avro.generic.GenericContainer;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * The name and the contract of Confluent's serializer, in tests only: it is configured with the
 * properties of the client, registers the schema under the subject TOPIC-value, and writes a 0, the
 * schema's id in 4 bytes, and the Avro body.
 */
public final class KafkaAvroSerializer implements Serializer<Object> {
  private RegistryClient registry;

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    if (configs.get("schema.registry.url") == null) {
      throw new ConfigException("Missing required configuration \"schema.registry.url\"");
    }
    registry = new RegistryClient(configs.get("schema.registry.url").toString());
  }

  @Override
  public byte[] serialize(String topic, Object record) {
    if (record == null) {
      return null;
    }
    GenericContainer avro = (GenericContainer) record;
    int id = registry.register(topic + "-value", avro.getSchema());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(id).array());
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new SpecificDatumWriter<Object>(avro.getSchema()).write(avro, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
