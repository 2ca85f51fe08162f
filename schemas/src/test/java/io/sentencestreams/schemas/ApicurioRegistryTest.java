package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.sentencestreams.schemas.avro.Embedding;
import io.sentencestreams.schemas.labels.InvalidLabelException;
import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.labels.LabelRules;
import io.sentencestreams.schemas.labels.LabelSerdes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Records and labels through a registry that is not ours, in Confluent's wire format. */
class ApicurioRegistryTest {
  private static final EmbeddingRecord EMBEDDING = Embeddings.of(0.5f, -1.25f);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir private static Path folder;
  private static ApicurioProcess registry;

  /** The library that speaks to the registry, by what it needs of the configuration. */
  enum Client {
    CONFLUENT("io.confluent.kafka.serializers.KafkaAvro"),
    APICURIO("io.apicurio.registry.serde.avro.AvroKafka");

    private final String classes;

    Client(String classes) {
      this.classes = classes;
    }

    Map<String, String> config() {
      return Map.of(
          "input.format",
          "avro",
          "input.field",
          "body",
          "input.value.deserializer",
          classes + "Deserializer",
          "output.format",
          "avro",
          "output.value.serializer",
          classes + "Serializer",
          "schema.registry.url",
          this == CONFLUENT ? registry.confluentUrl() : registry.apicurioUrl());
    }
  }

  @BeforeAll
  static void startRegistry() throws Exception {
    registry = new ApicurioProcess(folder.resolve("registry.log"));
    put("/config", "{\"compatibility\": \"BACKWARD\"}");
  }

  @AfterAll
  static void stopRegistry() {
    registry.close();
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeReadWithEitherClientWhicheverWroteIt(Client writer) throws IOException {
    byte[] bytes = serialize(writer, "either-" + writer);
    assertThat(bytes[0]).isZero();
    assertThat(readByHand(bytes).get("model")).hasToString("all-MiniLM-L6-v2");
    for (Client reader : Client.values()) {
      assertThat(deserialize(reader, "either-" + writer, bytes)).isEqualTo(EMBEDDING);
    }
  }

  @Test
  void shouldGiveBothClientsTheSameIdForTheSameSchema() {
    int confluents = id(serialize(Client.CONFLUENT, "same-id"));
    assertThat(id(serialize(Client.APICURIO, "same-id"))).isEqualTo(confluents);
  }

  @ParameterizedTest
  @EnumSource
  void shouldReadEmbeddingsOfALaterVersionWithAFieldMore(Client client) throws Exception {
    String topic = "later-" + client;
    byte[] ours = serialize(client, topic);
    Schema later = withField(Embedding.getClassSchema(), "language", "\"\"");
    RegistryClient confluent = new RegistryClient(registry.confluentUrl());
    assertThat(confluent.register(topic + "-value", later)).isNotEqualTo(id(ours));
    GenericRecord record = GenericData.get().deepCopy(later, readAs(ours, later));
    record.put("language", "en");
    byte[] theirs = write(topic, record);
    assertThat(readByHand(theirs).get("language")).hasToString("en");
    assertThat(deserialize(client, topic, theirs)).isEqualTo(EMBEDDING);
    // What was written before is read with the later schema, by its default.
    assertThat(readAs(ours, later).get("language")).hasToString("");
    // And this version goes on writing beside the later one.
    assertThat(deserialize(client, topic, serialize(client, topic))).isEqualTo(EMBEDDING);
  }

  @ParameterizedTest
  @EnumSource
  void shouldReadTextsOfTwoVersionsOfTheirSchema(Client client) throws Exception {
    Schema first =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"Message\",\"fields\":[{\"name\":\"body\",\"type\":\"string\"}]}");
    Schema second = withField(first, "author", "\"unknown\"");
    String topic = "texts-" + client;
    byte[] before = write(topic, new GenericRecordBuilder(first).set("body", "before").build());
    byte[] after =
        write(
            topic,
            new GenericRecordBuilder(second).set("body", "after").set("author", "Ada").build());
    assertThat(id(after)).isNotEqualTo(id(before));
    try (TextExtractor extractor = TextExtractor.from(client.config())) {
      assertThat(extractor.extract(topic, new RecordHeaders(), before)).isEqualTo("before");
      assertThat(extractor.extract(topic, new RecordHeaders(), after)).isEqualTo("after");
    }
  }

  @Test
  void shouldHaveAnIncompatibleChangeRefused() {
    serialize(Client.CONFLUENT, "strict");
    Schema changed = withVectorOf(Embedding.getClassSchema(), Schema.Type.STRING);
    RegistryClient confluent = new RegistryClient(registry.confluentUrl());
    assertThatThrownBy(() -> confluent.register("strict-value", changed))
        .rootCause()
        .hasMessageContaining("status: 409");
  }

  @ParameterizedTest
  @EnumSource
  void shouldFailWhereTheTopicHasASchemaThatEmbeddingsDoNotFit(Client client) {
    RegistryClient confluent = new RegistryClient(registry.confluentUrl());
    String topic = "taken-" + client;
    confluent.register(
        topic + "-value", withVectorOf(Embedding.getClassSchema(), Schema.Type.STRING));
    assertThatThrownBy(() -> serialize(client, topic))
        .hasStackTraceContaining(client == Client.CONFLUENT ? "status: 409" : "RuleViolation");
  }

  static Stream<Arguments> labelsByClients() {
    return Stream.of(
            new Label.ScoredPair("a \"cat\"", "ein Kätzchen", 0.8),
            new Label.PositiveExample("who?", "me", "them"),
            new Label.PositiveExample("who?", "me", null))
        .flatMap(label -> Stream.of(Client.values()).map(client -> Arguments.of(label, client)));
  }

  @ParameterizedTest
  @MethodSource("labelsByClients")
  void shouldReadLabelsWithEitherClientWhicheverWroteThem(Label label, Client writer) {
    String topic = label.kind() + "-" + writer;
    byte[] bytes;
    try (Serializer<Label> serializer =
        LabelSerdes.serializer(label.kind(), "avro", writer.config())) {
      bytes = serializer.serialize(topic, new RecordHeaders(), label);
    }
    assertThat(bytes[0]).isZero();
    for (Client reader : Client.values()) {
      assertThat(label(reader, label.kind(), topic, bytes)).isEqualTo(label);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldReadLabelsOfAnotherProgramsSchema(Client client) {
    Schema theirs =
        SchemaBuilder.record("Judgement")
            .fields()
            .requiredString("judge")
            .requiredString("text1")
            .requiredString("text2")
            .requiredFloat("score")
            .endRecord();
    GenericRecord judgement = new GenericData.Record(theirs);
    judgement.put("judge", "Ada");
    judgement.put("text1", "a cat");
    judgement.put("text2", "a kitten");
    judgement.put("score", 0.5f);
    byte[] bytes = write("judgements-" + client, judgement);
    assertThat(label(client, LabelKind.SCORED_PAIRS, "judgements-" + client, bytes))
        .isEqualTo(new Label.ScoredPair("a cat", "a kitten", 0.5));
  }

  @ParameterizedTest
  @EnumSource
  void shouldNameTheReasonOfARecordThatIsNoLabel(Client client) {
    String topic = "poisoned-" + client;
    Schema incompatible =
        SchemaBuilder.record("Judgement")
            .fields()
            .requiredString("text1")
            .requiredString("text2")
            .requiredString("score")
            .endRecord();
    GenericRecord judgement = new GenericData.Record(incompatible);
    judgement.put("text1", "a cat");
    judgement.put("text2", "a kitten");
    judgement.put("score", "high");
    byte[] ofOtherTypes = write(topic, judgement);
    byte[] ofAnotherMagic = ofOtherTypes.clone();
    ofAnotherMagic[0] = 7;
    byte[] ofNoSchema = ByteBuffer.wrap(ofOtherTypes.clone()).putInt(1, 1_000_000).array();
    byte[] cut = Arrays.copyOf(ofOtherTypes, ofOtherTypes.length - 3);
    assertThat(reason(client, topic, ofOtherTypes)).isEqualTo(Reason.WRONG_TYPE);
    assertThat(reason(client, topic, ofAnotherMagic)).isEqualTo(Reason.UNREADABLE);
    assertThat(reason(client, topic, ofNoSchema)).isEqualTo(Reason.UNREADABLE);
    assertThat(reason(client, topic, cut)).isEqualTo(Reason.UNREADABLE);
    assertThat(reason(client, topic, new byte[] {0, 0})).isEqualTo(Reason.UNREADABLE);
    assertThat(reason(client, topic, new byte[0])).isEqualTo(Reason.UNREADABLE);
    byte[] ofOtherFields = serialize(client, topic + "-embedding");
    assertThat(reason(client, topic, ofOtherFields)).isEqualTo(Reason.MISSING_FIELD);
  }

  private static Label label(Client client, LabelKind kind, String topic, byte[] bytes) {
    LabelRules rules = new LabelRules(1, 1000);
    try (LabelSerdes.Reader reader = LabelSerdes.reader(kind, "avro", rules, client.config())) {
      return reader.read(topic, new RecordHeaders(), bytes);
    }
  }

  private static Reason reason(Client client, String topic, byte[] bytes) {
    return catchThrowableOfType(
            InvalidLabelException.class, () -> label(client, LabelKind.SCORED_PAIRS, topic, bytes))
        .reason();
  }

  private static byte[] serialize(Client client, String topic) {
    try (Serializer<EmbeddingRecord> serializer = EmbeddingSerdes.serializer(client.config())) {
      return serializer.serialize(topic, new RecordHeaders(), EMBEDDING);
    }
  }

  private static EmbeddingRecord deserialize(Client client, String topic, byte[] bytes) {
    try (Deserializer<EmbeddingRecord> deserializer =
        EmbeddingSerdes.deserializer(client.config())) {
      return deserializer.deserialize(topic, new RecordHeaders(), bytes);
    }
  }

  /** As another program would, through Confluent's interface. */
  private static byte[] write(String topic, GenericRecord record) {
    try (KafkaAvroSerializer serializer = new KafkaAvroSerializer()) {
      serializer.configure(Map.of("schema.registry.url", registry.confluentUrl()), false);
      return serializer.serialize(topic, record);
    }
  }

  private static GenericRecord readByHand(byte[] bytes) throws IOException {
    return readAs(bytes, null);
  }

  private static GenericRecord readAs(byte[] bytes, Schema reader) throws IOException {
    Schema writer = new RegistryClient(registry.confluentUrl()).schema(id(bytes));
    return new GenericDatumReader<GenericRecord>(writer, reader == null ? writer : reader)
        .read(null, DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null));
  }

  private static int id(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getInt(1);
  }

  private static Schema withField(Schema schema, String name, String defaultJson) {
    return new Schema.Parser()
        .parse(
            schema
                .toString()
                .replaceFirst(
                    "\"fields\":\\[",
                    "\"fields\":[{\"name\":\"%s\",\"type\":\"string\",\"default\":%s},"
                        .formatted(name, defaultJson)));
  }

  private static Schema withVectorOf(Schema schema, Schema.Type type) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : schema.getFields()) {
      fields.add(
          field.name().equals("vector")
              ? new Schema.Field("vector", Schema.create(type), "changed")
              : new Schema.Field(field, field.schema()));
    }
    return Schema.createRecord(
        schema.getName(), schema.getDoc(), schema.getNamespace(), false, fields);
  }

  private static void put(String path, String json) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(registry.confluentUrl() + path))
            .header("Content-Type", "application/vnd.schemaregistry.v1+json")
            .PUT(BodyPublishers.ofString(json))
            .build();
    HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }
}
