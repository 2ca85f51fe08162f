package io.sentencestreams.model.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.Golden;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.download.Retries;
import io.sentencestreams.model.repository.HubServer.Trouble;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models of a hub that runs in this process. */
class HubImportTest {
  @TempDir private Path temporary;
  private HubServer server;
  private final List<Duration> pauses = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    server = new HubServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HubSettings settings(String token, boolean offline) {
    return new HubSettings(
        server.endpoint(), Optional.ofNullable(token), temporary.resolve("hf/hub"), offline);
  }

  private ModelRepository repository(String home, HubSettings settings) {
    Downloader downloader = new Downloader(new Retries(4, pauses::add));
    return new ModelRepository(temporary.resolve(home), () -> settings, downloader);
  }

  private ModelRepository repository() {
    return repository("home", settings(null, false));
  }

  private static Checkpoint golden(String name) {
    return Golden.of(name).checkpoint();
  }

  private void publish(String name) throws IOException {
    server.put(golden(name).directory());
    server.put("pytorch_model.bin", new byte[10_000]);
    server.put("onnx/model.onnx", new byte[10_000]);
    server.put("tf_model.h5", new byte[10_000]);
    server.put("README.md", new byte[100]);
  }

  private Path snapshot() {
    return temporary.resolve("hf/hub/models--org--tiny/snapshots").resolve(HubServer.COMMIT);
  }

  @Test
  void shouldFetchWhatIsNeededOnceIntoTheCacheOfThePythonLibrary() throws IOException {
    publish("mean");
    List<String> received = new ArrayList<>();
    ImportProgress progress =
        new ImportProgress() {
          @Override
          public void begins(String model, Step step) {}

          @Override
          public void received(String model, String file, long bytes, long total) {
            if (bytes == total) {
              received.add(file);
            }
          }
        };

    Checkpoint imported = repository().resolve("org/tiny", progress);

    assertThat(imported.digest()).isEqualTo(golden("mean").digest());
    assertThat(imported.name()).isEqualTo("org--tiny");
    assertThat(imported.manifest().orElseThrow().source())
        .isEqualTo("hub:org/tiny@" + HubServer.COMMIT);
    imported.verify();
    assertThat(received)
        .contains("modules.json", "1_Pooling/config.json")
        .endsWith("model.safetensors");
    assertThat(server.requests()).noneMatch(path -> path.matches(".*(bin|onnx|h5|md)"));
    Path cache = temporary.resolve("hf/hub/models--org--tiny");
    assertThat(cache.resolve("refs/main")).hasContent(HubServer.COMMIT);
    Path weights = snapshot().resolve("model.safetensors");
    assertThat(Files.readSymbolicLink(weights))
        .isEqualTo(
            Path.of("../../blobs", HubServer.sha256(server.files().get("model.safetensors"))));
    assertThat(Files.isSameFile(weights, imported.directory().resolve("model.safetensors")))
        .isTrue();

    server.requests().clear();
    assertThat(repository().resolve("org/tiny").digest()).isEqualTo(imported.digest());
    assertThat(repository().resolve("org--tiny").digest()).isEqualTo(imported.digest());
    assertThat(repository().show("org/tiny").digest()).isEqualTo(imported.digest());
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void shouldTakeWhatThePythonLibraryFetchedWithoutANetwork() throws IOException {
    publish("mean");
    repository("first", settings(null, false)).resolve("org/tiny");
    server.requests().clear();
    ModelRepository offline = repository("second", settings(null, true));
    assertThat(offline.resolve("org/tiny").digest()).isEqualTo(golden("mean").digest());
    assertThat(server.requests()).isEmpty();
    assertThatThrownBy(() -> offline.resolve("org/other"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("org/other is not in")
        .hasMessageContaining("HF_HUB_OFFLINE");
    assertThatThrownBy(() -> offline.resolve(server.endpoint() + "/archives/x.zip"))
        .hasMessageContaining("HF_HUB_OFFLINE");
  }

  @Test
  void shouldTakeWhatIsInTheCacheWhereTheHubDoesNotAnswer() throws IOException {
    publish("mean");
    repository("first", settings(null, false)).resolve("org/tiny");
    int port;
    try (ServerSocket free = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    HubSettings nobody =
        new HubSettings(
            URI.create("http://127.0.0.1:" + port),
            Optional.empty(),
            temporary.resolve("hf/hub"),
            false);
    ModelRepository cutOff = repository("second", nobody);
    assertThat(cutOff.resolve("org/tiny").digest()).isEqualTo(golden("mean").digest());
    assertThatThrownBy(() -> cutOff.resolve("org/other"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("org/other is not here yet, and the hub does not answer")
        .hasMessageContaining("ConnectException");
    assertThat(pauses).isEmpty(); // where nobody listens, nobody will in a second
  }

  @Test
  void shouldImportARevisionBesideTheNewest() throws IOException {
    publish("mean");
    server.revision = "refs%2Fpr%2F1";
    Checkpoint imported = repository().resolve("org/tiny@refs/pr/1");
    assertThat(imported.name()).isEqualTo("org--tiny--refs..pr..1");
    assertThat(temporary.resolve("hf/hub/models--org--tiny/refs/refs/pr/1"))
        .hasContent(HubServer.COMMIT);
    assertThat(repository().resolve("org/tiny@" + HubServer.COMMIT).digest())
        .isEqualTo(imported.digest());
    assertThatThrownBy(() -> repository().resolve("org/tiny"))
        .hasMessageContaining("has no revision org/tiny");
  }

  @Test
  void shouldFetchShardsAndPicklesWhereThereIsNothingElse() throws IOException {
    publish("mean");
    server.files().remove("model.safetensors");
    Path forms = Path.of(golden("mean").directory().toString(), "../forms").normalize();
    for (String part : List.of("-00001-of-00002.safetensors", "-00002-of-00002.safetensors")) {
      server.put("model" + part, Files.readAllBytes(forms.resolve("model" + part)));
    }
    server.put(
        "model.safetensors.index.json",
        Files.readAllBytes(forms.resolve("model.safetensors.index.json")));
    Checkpoint sharded = repository("a", settings(null, false)).resolve("org/tiny");
    assertThat(sharded.digest()).isEqualTo(golden("mean").digest());
    assertThat(server.requests()).noneMatch(path -> path.endsWith("pytorch_model.bin"));

    server.files().keySet().removeIf(path -> path.contains("safetensors"));
    server.put("pytorch_model.bin", Files.readAllBytes(forms.resolve("zip.bin")));
    server.model = "org/pickled";
    Checkpoint pickled = repository("b", settings(null, false)).resolve("org/pickled");
    assertThat(pickled.digest()).isEqualTo(golden("mean").digest());
  }

  @Test
  void shouldShowTheTokenToTheHubAndToNobodyElse() throws IOException {
    publish("mean");
    server.token = "hf_secret";
    assertThatThrownBy(() -> repository().resolve("org/tiny"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has no model org/tiny that everyone may read")
        .hasMessageContaining("HF_TOKEN");
    assertThatThrownBy(() -> repository("x", settings("wrong", false)).resolve("org/tiny"))
        .hasMessageContaining("that your token may read");
    repository("y", settings("hf_secret", false)).resolve("org/tiny");
    assertThat(server.authorizationsShownToTheStore()).isNotEmpty().containsOnly("null");
  }

  @Test
  void shouldGoOnAfterTroubleAndGiveUpAfterTooMuch() throws IOException {
    publish("mean");
    server.trouble(
        Trouble.status(429, Map.of("Retry-After", "7")),
        Trouble.status(503, Map.of()),
        Trouble.status(500, Map.of()));
    assertThat(repository().resolve("org/tiny").digest()).isEqualTo(golden("mean").digest());
    assertThat(pauses)
        .containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(2), Duration.ofSeconds(4));

    pauses.clear();
    server.model = "org/busy";
    for (int i = 0; i < 5; i++) {
      server.trouble(Trouble.status(503, Map.of()));
    }
    assertThatThrownBy(() -> repository().resolve("org/busy"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("the hub does not answer")
        .hasMessageContaining("status 503");
    assertThat(pauses).hasSize(4);

    pauses.clear();
    server.trouble(Trouble.status(429, Map.of("Retry-After", "3600")));
    assertThatThrownBy(() -> repository().resolve("org/busy")).hasMessageContaining("status 429");
    assertThat(pauses).isEmpty();
  }

  @Test
  void shouldGoOnWhereAConnectionBroke() throws IOException {
    publish("mean");
    // One content after the other: the weights come last.
    for (int i = 0; i < countSmall(); i++) {
      server.trouble(Trouble.cut(1 << 30));
    }
    server.trouble(Trouble.cut(3000), Trouble.cut(0), Trouble.cut(2000));
    assertThat(repository().resolve("org/tiny").digest()).isEqualTo(golden("mean").digest());
    assertThat(server.requests()).filteredOn(path -> path.startsWith("bytes=")).hasSize(3);
    assertThat(pauses).hasSize(3);
  }

  private int countSmall() {
    return (int)
        server.files().keySet().stream()
            .filter(path -> path.matches("(1_Pooling/|2_Normalize/)?[^/]*\\.(json|txt)"))
            .count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "config.json"})
  void shouldRefuseAnotherContentThanTheHubPromised(String file) throws IOException {
    publish("mean");
    byte[] right = server.files().get(file);
    HubClient honest = new HubClient(settings(null, false), new Downloader());
    HubClient.Revision promised = honest.revision(HubId.parse("org/tiny").orElseThrow());
    byte[] wrong = right.clone();
    wrong[wrong.length / 2] ^= 1;
    server.put(file, wrong);
    Path target = temporary.resolve("download");
    HubClient.HubFile wanted =
        promised.files().stream().filter(f -> f.path().equals(file)).findFirst().orElseThrow();
    HubCache cache = new HubCache(settings(null, false), honest, target);
    assertThatThrownBy(
            () ->
                cache.fetch(
                    HubId.parse("org/tiny").orElseThrow(),
                    promised.commit(),
                    wanted,
                    temporary.resolve("hf/hub/models--org--tiny"),
                    "tiny",
                    ImportProgress.SILENT))
        .hasMessageContaining("has the checksum")
        .hasMessageContaining("is expected")
        .hasMessageContaining("nothing was kept");
    assertThat(snapshot().resolve(file)).doesNotExist();
    assertThat(target.resolve("org--tiny")).isEmptyDirectory();
  }

  @Test
  void shouldNotWriteOutsideOfTheCache() throws IOException {
    publish("mean");
    server.put("../../../../evil.json", new byte[10]);
    server.put("x/../../evil.json", new byte[10]);
    repository().resolve("org/tiny");
    assertThat(server.requests()).noneMatch(path -> path.contains("evil"));
  }

  @Test
  void shouldTakeAFolderForAFolderAndSayWhatThereIsNot() throws IOException {
    publish("mean");
    // A path that exists is one, whatever a hub has.
    Path here = Golden.copy("cls", temporary.resolve("cls"));
    assertThat(repository().resolve(here.toString()).digest()).isEqualTo(golden("cls").digest());
    assertThat(server.requests()).isEmpty();
    assertThatThrownBy(() -> repository().resolve("org/nothing"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("127.0.0.1 has no model org/nothing")
        .hasMessageContaining("no folder of this name");
    assertThatThrownBy(() -> repository().resolve("org/tiny@v9"))
        .hasMessageContaining("has no revision org/tiny@v9");
    assertThatThrownBy(() -> repository().resolve("a/b/c")).hasMessageContaining("does not exist");
    assertThatThrownBy(() -> repository().show("org/tiny"))
        .hasMessageContaining("models import org/tiny");
  }

  @ParameterizedTest
  @CsvSource({
    "bert-base-nli-mean-tokens, sentence-transformers/bert-base-nli-mean-tokens",
    "roberta-large-nli-stsb-mean-tokens, sentence-transformers/roberta-large-nli-stsb-mean-tokens",
    "distiluse-base-multilingual-cased, sentence-transformers/distiluse-base-multilingual-cased",
    "xlm-r-100langs-bert-base-nli-mean-tokens, sentence-transformers/xlm-r-100langs-bert-base-nli-mean-tokens",
    "bert-base-uncased, bert-base-uncased"
  })
  void shouldFindTheModelsOf2020ByTheirNames(String name, String id) throws IOException {
    publish("mean");
    server.model = id;
    Checkpoint imported = repository().resolve(name);
    assertThat(imported.manifest().map(Manifest::source))
        .hasValue("hub:" + id + "@" + HubServer.COMMIT);
    server.requests().clear();
    assertThat(repository().resolve(name).digest()).isEqualTo(imported.digest());
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void shouldImportARevisionOfAModelOf2020() throws IOException {
    publish("mean");
    server.model = "sentence-transformers/bert-base-nli-mean-tokens";
    server.revision = "v1";
    assertThat(repository().resolve("bert-base-nli-mean-tokens@v1").digest())
        .isEqualTo(golden("mean").digest());
  }

  @Test
  void shouldReadTheVariablesOfThePythonLibrary() throws IOException {
    String home = temporary.toString();
    HubSettings plain = HubSettings.of(Map.of(), home);
    assertThat(plain.endpoint()).hasToString("https://huggingface.co");
    assertThat(plain.cache()).isEqualTo(temporary.resolve(".cache/huggingface/hub"));
    assertThat(plain.token()).isEmpty();
    assertThat(plain.offline()).isFalse();
    Files.createDirectories(temporary.resolve("hf"));
    Files.writeString(temporary.resolve("hf/token"), "of the file\n", StandardCharsets.UTF_8);
    HubSettings set =
        HubSettings.of(
            Map.of("HF_HOME", "~/hf", "HF_ENDPOINT", "http://mirror:8080/", "HF_HUB_OFFLINE", "1"),
            home);
    assertThat(set.endpoint()).hasToString("http://mirror:8080");
    assertThat(set.cache()).isEqualTo(temporary.resolve("hf/hub"));
    assertThat(set.token()).hasValue("of the file");
    assertThat(set.offline()).isTrue();
    assertThat(set.toString()).doesNotContain("of the file");
    assertThat(HubSettings.of(Map.of("HF_HOME", "~/hf", "HF_TOKEN", "set"), home).token())
        .hasValue("set");
    assertThat(HubSettings.of(Map.of("HF_HUB_CACHE", "/c"), home).cache()).isEqualTo(Path.of("/c"));
  }
}
