package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.sentencestreams.app.cli.ComposeFile.Mount;
import io.sentencestreams.app.cli.ComposeFile.Service;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.config.ConfigFile;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docker-compose.yml and what it mounts. */
class ComposeFileTest {
  private static final Path ROOT = Path.of(System.getProperty("sentencestreams.root"));
  private static final Path FILE = ROOT.resolve("docker-compose.yml");
  private static final Path DOCKER = ROOT.resolve("stream-app/src/main/docker");
  private static final String SCHEMA = "COMPOSE_SPEC_SCHEMA";

  @TempDir private Path folder;

  /** The file as it is, aliases and merges resolved. */
  private static JsonNode tree() throws IOException {
    try (Reader reader = Files.newBufferedReader(FILE)) {
      return new ObjectMapper()
          .valueToTree(new Yaml(new SafeConstructor(new LoaderOptions())).load(reader));
    }
  }

  @Test
  @EnabledIfEnvironmentVariable(
      named = SCHEMA,
      matches = ".+",
      disabledReason = SCHEMA + " names no JSON schema of the Compose Specification")
  void shouldFollowTheComposeSpecification() throws IOException {
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
            .getSchema(withoutId(Path.of(System.getenv(SCHEMA))));
    assertThat(schema.validate(tree())).isEmpty();
    JsonNode wrong = tree();
    ((ObjectNode) wrong.at("/services/broker")).put("imago", "x");
    assertThat(schema.validate(wrong)).isNotEmpty();
  }

  /** Its id is a file's name, which the validator does not take for one. */
  private static JsonNode withoutId(Path schema) throws IOException {
    ObjectNode tree = (ObjectNode) new ObjectMapper().readTree(schema.toFile());
    tree.remove(List.of("$id", "id"));
    return tree;
  }

  @Test
  void shouldBeUnderstoodByDockerComposeWhereItIsFound() throws Exception {
    Path log = folder.resolve("log");
    Assumptions.assumeTrue(run(log, "docker", "compose", "version") == 0, "no docker compose here");
    assertThat(
            run(
                log,
                "docker",
                "compose",
                "--profile",
                "*",
                "--file",
                FILE.toString(),
                "config",
                "-q"))
        .as(() -> "docker compose config says " + log)
        .isZero();
  }

  private static int run(Path log, String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
      return process.exitValue();
    } catch (IOException e) {
      return -1; // no such program
    }
  }

  @Test
  void shouldPinEachImageAndAskEachServiceForItsHealth() throws IOException {
    JsonNode services = tree().path("services");
    services
        .properties()
        .forEach(
            entry -> {
              JsonNode service = entry.getValue();
              assertThat(service.path("image").asText())
                  .as(entry.getKey())
                  .matches("[a-z0-9./-]+:v?\\d+\\.\\d+\\.\\d+.*");
              if (!service.path("restart").asText().equals("no")) {
                assertThat(service.has("healthcheck")).as(entry.getKey()).isTrue();
              }
            });
    for (String line : Files.readAllLines(DOCKER.resolve("Dockerfile"))) {
      if (line.startsWith("FROM ") && !line.startsWith("FROM cpu ")) {
        assertThat(line).matches("FROM [a-z0-9./-]+:\\d+\\.\\d+\\.\\d+.* AS [a-z]+");
      }
    }
  }

  @Test
  void shouldMountWhatIsThere() {
    for (Service service : new ComposeFile(FILE, Map.of()).inOrder()) {
      for (Mount mount : service.mounts()) {
        if (!mount.isVolume()) {
          assertThat(ROOT.resolve(mount.source())).as(service.name()).isRegularFile();
        }
      }
    }
  }

  @Test
  void shouldConfigureTheStreamAndTheServiceForTheSameReleases() {
    AppConfig stream = ConfigFile.load(DOCKER.resolve("stream.properties"));
    assertThat(RetrainFile.load(DOCKER.resolve("retrain.properties")).releasesTopic())
        .isEqualTo(stream.releasesTopic().orElseThrow());
    Map<String, Object> service = ConfigFile.read(DOCKER.resolve("retrain.properties"));
    Map<String, Object> own = ConfigFile.read(DOCKER.resolve("stream.properties"));
    for (String key : List.of("bootstrap.servers", "model", "releases.folder")) {
      assertThat(service.get(key)).as(key).isEqualTo(own.get(key));
    }
  }

  @Test
  void shouldPutServicesAfterThoseThatTheyDependOnAndLeaveProfilesOut() {
    List<String> names =
        new ComposeFile(FILE, Map.of()).inOrder().stream().map(Service::name).toList();
    assertThat(names)
        .containsSubsequence("broker", "topics", "stream-app-1")
        .containsSubsequence("registry", "stream-app-2")
        .contains("retrain", "prometheus", "grafana")
        .doesNotContain("s3", "stream-app-gpu");
  }

  @Test
  void shouldReadAliasesVariablesPortsAndHealth() {
    Service stream =
        new ComposeFile(FILE, Map.of("AWS_ACCESS_KEY_ID", "mine"))
            .inOrder().stream()
                .filter(service -> service.name().equals("stream-app-2"))
                .findFirst()
                .orElseThrow();
    assertThat(stream.environment())
        .containsEntry("AWS_ACCESS_KEY_ID", "mine")
        .containsEntry("AWS_SECRET_ACCESS_KEY", "local");
    assertThat(stream.ports()).isEqualTo(Map.of(8080, 8082));
    assertThat(stream.command()).startsWith("stream", "--config");
    assertThat(stream.health().orElseThrow().getPath()).isEqualTo("/health/ready");
    assertThat(stream.dependsOn()).containsEntry("topics", "service_completed_successfully");
  }

  @Test
  void shouldSayWhatIsWrongWithAFile() throws IOException {
    Path file = folder.resolve("compose.yml");
    Files.writeString(
        file,
        "services: {a: {image: 'x:1', depends_on: {b: {}}}, b: {image: 'x:1', depends_on: {a: {}}}}");
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> new ComposeFile(file, Map.of()).inOrder())
        .withMessageContaining("wait for each other");
    Files.writeString(file, "services: [a");
    assertThatExceptionOfType(CommandException.class)
        .isThrownBy(() -> new ComposeFile(file, Map.of()))
        .withMessageContaining(file + " is no compose file");
  }
}
