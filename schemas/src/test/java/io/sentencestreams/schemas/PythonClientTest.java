package io.sentencestreams.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Python program with nothing of ours reads what the serializers write. */
class PythonClientTest {
  private static final Path ROOT =
      Path.of(Objects.requireNonNull(System.getProperty("sentencestreams.root")));
  private static final String PYTHON = System.getenv().getOrDefault("PYTHON", "python3");

  @TempDir private Path folder;

  @BeforeEach
  void requirePython() throws IOException, InterruptedException {
    boolean usable;
    try {
      usable = run("-c", "import fastavro").exit() == 0;
    } catch (IOException e) {
      usable = false;
    }
    assumeTrue(usable, PYTHON + " with the package fastavro is not here (PYTHON names another)");
  }

  @Test
  void shouldReadJson() throws IOException, InterruptedException {
    assertRead(new EmbeddingJsonSerializer(), "json");
  }

  @Test
  void shouldReadAvroWithoutARegistry() throws IOException, InterruptedException {
    String schema = ROOT.resolve("schemas/src/main/avro/Embedding.avsc").toString();
    assertRead(new EmbeddingAvroSerializer(), "avro", "--schema", schema);
  }

  @Test
  void shouldReadAvroThroughARegistry() throws IOException, InterruptedException {
    try (RegistryServer registry = new RegistryServer()) {
      Map<String, String> config =
          Map.of("output.format", "avro", "schema.registry.url", registry.confluentUrl());
      assertRead(
          EmbeddingSerdes.serializer(config), "confluent", "--registry", registry.confluentUrl());
    }
  }

  private void assertRead(
      Serializer<EmbeddingRecord> serializer, String format, String... arguments)
      throws IOException, InterruptedException {
    Path file = folder.resolve("values");
    try (serializer;
        DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      for (EmbeddingRecord embedding :
          List.of(Embeddings.of(0.5f, -1.25f, 3e-9f), Embeddings.withoutText(1f))) {
        byte[] value = serializer.serialize("embeddings", embedding);
        out.writeInt(value.length);
        out.write(value);
      }
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                ROOT.resolve("tests/python/read_embeddings.py").toString(),
                "--file",
                file.toString(),
                "--format",
                format));
    command.addAll(List.of(arguments));
    Result result = run(command.toArray(String[]::new));
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).contains("texts-3-42\t3\t0.5 -1.25 3e-09\n", "k\t1\t1\n");
  }

  private static Result run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(PYTHON));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), output);
  }

  private record Result(int exit, String output) {}
}
