package io.sentencestreams.model.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.Golden;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.download.Retries;
import io.sentencestreams.model.repository.HubServer.Trouble;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that a server in this process has. */
class UrlImportTest {
  @TempDir private Path temporary;
  private HubServer server;
  private String url;

  @BeforeEach
  void start() throws IOException {
    server = new HubServer();
    url = server.endpoint() + "/archives/mine.zip";
    server.put("mine.zip", zip("mean"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ModelRepository repository(int retries) {
    HubSettings settings =
        new HubSettings(
            server.endpoint(), Optional.of("hf_secret"), temporary.resolve("hub"), false);
    Downloader downloader = new Downloader(new Retries(retries, wait -> {}));
    return new ModelRepository(temporary.resolve("home"), () -> settings, downloader);
  }

  private static byte[] zip(String model) throws IOException {
    Path source = Golden.of(model).checkpoint().directory();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(source)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Path file : files) {
        zip.putNextEntry(new ZipEntry(source.relativize(file).toString().replace('\\', '/')));
        zip.write(Files.readAllBytes(file));
      }
    }
    return bytes.toByteArray();
  }

  private Path downloads() {
    return temporary.resolve("home/models/.downloads");
  }

  @Test
  void shouldImportAnArchiveFromItsAddressOnce() throws IOException {
    String digest = HubServer.sha256(server.files().get("mine.zip"));
    Checkpoint imported = repository(0).resolve(url);
    assertThat(imported.digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
    assertThat(imported.name()).isEqualTo("mine");
    assertThat(imported.manifest().orElseThrow().source())
        .isEqualTo("url:" + url + " sha256:" + digest);
    assertThat(downloads()).isEmptyDirectory();
    server.requests().clear();
    assertThat(repository(0).resolve(url).digest()).isEqualTo(imported.digest());
    assertThat(repository(0).resolve("mine").digest()).isEqualTo(imported.digest());
    repository(0).importModel(url, Optional.of(digest), ImportProgress.SILENT);
    assertThat(server.requests()).isEmpty();
    assertThatThrownBy(
            () -> repository(0).importModel(url, Optional.of("00ff"), ImportProgress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("another model named mine");
  }

  @Test
  void shouldKeepNothingOfAnArchiveWithAnotherChecksum() {
    assertThatThrownBy(
            () -> repository(0).importModel(url, Optional.of("00ff"), ImportProgress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("00ff is expected");
    assertThat(downloads()).isEmptyDirectory();
    assertThat(temporary.resolve("home/models/mine")).doesNotExist();
  }

  @Test
  void shouldGoOnWithABrokenDownloadInTheNextRunAndBeginAnewIfItChanged() throws IOException {
    server.trouble(Trouble.cut(5000));
    assertThatThrownBy(() -> repository(0).resolve(url))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("what has come is kept");
    Path part = downloads().resolve("mine.zip.part");
    long first = Files.size(part);
    server.trouble(Trouble.cut(2000));
    assertThatThrownBy(() -> repository(0).resolve(url)).isInstanceOf(CheckpointException.class);
    assertThat(server.requests()).containsOnlyOnce("bytes=" + first + "-");
    long second = Files.size(part);
    assertThat(second).isGreaterThan(first);
    server.put("mine.zip", zip("cls"));
    Checkpoint imported = repository(0).resolve(url);
    assertThat(server.requests()).contains("bytes=" + second + "-");
    assertThat(imported.digest()).isEqualTo(Golden.of("cls").checkpoint().digest());
  }

  @Test
  void shouldTryAgainByItself() {
    server.trouble(Trouble.cut(5000), Trouble.status(502, Map.of()), Trouble.cut(5));
    assertThat(repository(4).resolve(url).digest())
        .isEqualTo(Golden.of("mean").checkpoint().digest());
    assertThat(server.requests()).filteredOn(path -> path.startsWith("bytes=")).hasSize(3);
  }

  @Test
  void shouldSayWhatIsWrongWithAnAddress() {
    assertThatThrownBy(() -> repository(4).resolve(server.endpoint() + "/archives/none.zip"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("/archives/none.zip")
        .hasMessageContaining("status 404");
    assertThatThrownBy(() -> repository(0).resolve("https:///none.zip"))
        .hasMessageContaining("is no address");
    server.put("page.zip", new byte[100]);
    assertThatThrownBy(() -> repository(0).resolve(server.endpoint() + "/archives/page.zip"))
        .hasMessageContaining("is not a zip archive of a checkpoint");
    assertThatThrownBy(
            () -> repository(0).importModel("a", Optional.of("00"), ImportProgress.SILENT))
        .hasMessageContaining("only one has a checksum");
  }

  @Test
  void shouldNotWriteDownAPassword() {
    Checkpoint imported =
        repository(0).resolve(url.replace("http://", "http://me:password@") + "?signature=secret");
    assertThat(imported.manifest().orElseThrow().source())
        .startsWith("url:" + url + " ")
        .doesNotContain("password")
        .doesNotContain("secret");
  }
}
