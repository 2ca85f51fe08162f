package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sentencestreams.schemas.SchemaRegistryException;
import io.sentencestreams.schemas.SerdeConfig;
import io.sentencestreams.schemas.avro.LabelledSentence;
import io.sentencestreams.schemas.avro.NliPair;
import io.sentencestreams.schemas.avro.PositiveExample;
import io.sentencestreams.schemas.avro.ScoredPair;
import io.sentencestreams.schemas.labels.InvalidLabelException;
import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** Labels of one kind in Avro and in JSON, whose fields have the same names. */
public final class LabelFormat {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(Json.FACTORY.copy()) // the shared one keeps its settings
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Schema schema;
  private final AvroFormat<Label> avro;
  private final JsonFormat<Label> json;

  private LabelFormat(LabelKind kind) {
    this.schema = schema(kind);
    String what = "a label of kind " + kind.configName();
    this.avro =
        new AvroFormat<>(
            what, schema, this::toAvro, record -> read(kind, name -> field(record, name)));
    this.json =
        new JsonFormat<>(what, LabelFormat::write, node -> read(kind, name -> field(node, name)));
  }

  /** The format of a kind. */
  public static LabelFormat of(LabelKind kind) {
    return new LabelFormat(kind);
  }

  /** Owned by the caller. */
  public Serializer<Label> serializer(SerdeConfig config) {
    return isJson(config) ? json.serializer() : avro.serializer(RegistrySerdes.serializer(config));
  }

  /**
   * Owned by the caller. It throws {@link InvalidLabelException} for what is no label, and {@link
   * SchemaRegistryException} where the registry failed.
   */
  public Deserializer<Label> deserializer(SerdeConfig config) {
    if (isJson(config)) {
      return (topic, value) -> readJson(value);
    }
    Deserializer<Label> reader = avro.deserializer(RegistrySerdes.deserializer(config));
    return new Deserializer<>() {
      @Override
      public Label deserialize(String topic, byte[] value) {
        throw new UnsupportedOperationException("headers are needed");
      }

      @Override
      public Label deserialize(String topic, Headers headers, byte[] value) {
        return readAvro(reader, topic, headers, value);
      }

      @Override
      public void close() {
        reader.close();
      }
    };
  }

  private static boolean isJson(SerdeConfig config) {
    return config.outputFormat().equals(SerdeConfig.FORMAT_JSON);
  }

  private Label readJson(byte[] value) {
    JsonNode root;
    try {
      root = MAPPER.readTree(value);
    } catch (IOException e) {
      throw new InvalidLabelException(Reason.UNREADABLE, "not JSON: " + e.getMessage(), e);
    }
    if (!root.isObject()) {
      throw new InvalidLabelException(
          Reason.UNREADABLE, "the JSON value is not an object but " + root.getNodeType());
    }
    return json.fromNode(root);
  }

  private static Label readAvro(
      Deserializer<Label> reader, String topic, Headers headers, byte[] value) {
    try {
      return reader.deserialize(topic, headers, value);
    } catch (InvalidLabelException e) {
      throw e;
    } catch (RuntimeException e) { // registries' deserializers throw what they like
      if (RegistryFailure.isIn(e)) {
        throw new SchemaRegistryException(
            "the schema registry could not be asked: " + RegistryFailure.rootMessage(e), e);
      }
      throw new InvalidLabelException(
          Reason.UNREADABLE,
          "%s; it begins with %s".formatted(e.getMessage(), Bytes.start(value)),
          e);
    }
  }

  /** Finds a field's value as Java has it: a string, a double, null; or throws. */
  private interface Fields {
    Object get(String name);

    default String text(String name) {
      Object value = get(name);
      if (value == null) {
        throw new InvalidLabelException(Reason.MISSING_FIELD, "there is no " + name);
      }
      if (value instanceof CharSequence text) {
        return text.toString();
      }
      throw wrongType(name, "a string", value);
    }

    default double number(String name) {
      Object value = get(name);
      if (value == null) {
        throw new InvalidLabelException(Reason.MISSING_FIELD, "there is no " + name);
      }
      if (value instanceof Number number) {
        return number.doubleValue();
      }
      throw wrongType(name, "a number", value);
    }

    private static InvalidLabelException wrongType(String name, String expected, Object value) {
      return new InvalidLabelException(
          Reason.WRONG_TYPE,
          "%s must be %s and is a %s"
              .formatted(
                  name, expected, value.getClass().getSimpleName().toLowerCase(Locale.ROOT)));
    }
  }

  private static Object field(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    return value.isTextual() ? value.textValue() : value.isNumber() ? value.numberValue() : value;
  }

  private static Object field(IndexedRecord record, String name) {
    Schema.Field found = record.getSchema().getField(name);
    return found == null ? null : record.get(found.pos());
  }

  private static Label read(LabelKind kind, Fields fields) {
    return switch (kind) {
      case SCORED_PAIRS ->
          new Label.ScoredPair(fields.text("text1"), fields.text("text2"), fields.number("score"));
      case NLI_PAIRS ->
          new Label.NliPair(
              fields.text("premise"), fields.text("hypothesis"), inference(fields.text("label")));
      case POSITIVES ->
          new Label.PositiveExample(
              fields.text("anchor"),
              fields.text("positive"),
              fields.get("negative") == null ? null : fields.text("negative"));
      case SENTENCES -> new Label.LabelledSentence(fields.text("text"), fields.text("label"));
    };
  }

  private static Label.Inference inference(String name) {
    return Arrays.stream(Label.Inference.values())
        .filter(inference -> configName(inference).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidLabelException(
                    Reason.UNKNOWN_CLASS,
                    "the label is '%.40s', and must be contradiction, entailment or neutral"
                        .formatted(name)));
  }

  private static String configName(Label.Inference inference) {
    return inference.name().toLowerCase(Locale.ROOT);
  }

  /** The fields by name, in the order of the schema; one that is null is there in Avro alone. */
  private static Map<String, Object> values(Label label) {
    Map<String, Object> values = new LinkedHashMap<>();
    if (label instanceof Label.ScoredPair pair) {
      values.put("text1", pair.text1());
      values.put("text2", pair.text2());
      values.put("score", pair.score());
    } else if (label instanceof Label.NliPair pair) {
      values.put("premise", pair.premise());
      values.put("hypothesis", pair.hypothesis());
      values.put("label", configName(pair.label()));
    } else if (label instanceof Label.PositiveExample example) {
      values.put("anchor", example.anchor());
      values.put("positive", example.positive());
      values.put("negative", example.negative());
    } else if (label instanceof Label.LabelledSentence sentence) {
      values.put("text", sentence.text());
      values.put("label", sentence.label());
    }
    return values;
  }

  private IndexedRecord toAvro(Label label) {
    GenericData.Record record = new GenericData.Record(schema);
    values(label).forEach(record::put);
    return record;
  }

  private static void write(Label label, JsonGenerator json) throws IOException {
    for (Map.Entry<String, Object> entry : values(label).entrySet()) {
      if (entry.getValue() instanceof Double number) {
        json.writeNumberField(entry.getKey(), number);
      } else if (entry.getValue() != null) {
        json.writeStringField(entry.getKey(), entry.getValue().toString());
      }
    }
  }

  private static Schema schema(LabelKind kind) {
    return switch (kind) {
      case SCORED_PAIRS -> ScoredPair.getClassSchema();
      case NLI_PAIRS -> NliPair.getClassSchema();
      case POSITIVES -> PositiveExample.getClassSchema();
      case SENTENCES -> LabelledSentence.getClassSchema();
    };
  }
}
