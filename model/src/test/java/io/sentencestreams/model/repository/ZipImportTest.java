package io.sentencestreams.model.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.Golden;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipImportTest {
  @TempDir private Path temporary;
  private ModelRepository repository;
  private Path zip;

  @BeforeEach
  void useARepositoryOfItsOwn() {
    repository = new ModelRepository(temporary.resolve("home"));
    zip = temporary.resolve("mine.zip");
  }

  /** What a test adds to an archive of a good model. */
  @FunctionalInterface
  private interface Addition {
    void to(ZipOutputStream out) throws IOException;
  }

  private void pack(String model, String folder, Addition addition) throws IOException {
    Path source = Golden.of(model).checkpoint().directory();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(source)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (Path path : files) {
        add(
            out,
            folder + source.relativize(path).toString().replace('\\', '/'),
            Files.readAllBytes(path));
      }
      addition.to(out);
    }
  }

  private static void add(ZipOutputStream out, String name, byte[] content) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "some-model/", "a/b/"})
  void shouldImportTheCheckpointWhereverItLiesInTheArchive(String folder) throws IOException {
    pack("mean", folder, out -> add(out, folder + "notes.exe", new byte[] {1}));
    Checkpoint imported = repository.resolve(zip.toString());
    assertThat(imported.digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
    assertThat(imported.name()).isEqualTo("mine");
    assertThat(imported.directory().resolve("notes.exe")).doesNotExist();
    assertThat(repository.resolve("mine").digest()).isEqualTo(imported.digest());
    assertThat(repository.resolve(zip.toString()).digest()).isEqualTo(imported.digest());
  }

  @Test
  void shouldTellTheVersionByTheWeightsAndNotByAManifestInTheArchive() throws IOException {
    pack("mean", "", out -> {});
    Path manifest = repository.resolve(zip.toString()).directory().resolve("manifest.json");
    byte[] another = Files.readAllBytes(manifest);
    zip = temporary.resolve("forged.zip");
    pack("cls", "", out -> add(out, "manifest.json", another));
    assertThat(repository.resolve(zip.toString()).digest())
        .isEqualTo(Golden.of("cls").checkpoint().digest());
  }

  @Test
  void shouldNotTakeAnotherArchiveForTheOneOfTheSameName() throws IOException {
    pack("mean", "", out -> {});
    repository.resolve(zip.toString());
    pack("cls", "", out -> {});
    assertThatThrownBy(() -> repository.resolve(zip.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("another model named mine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escaped.json", "x/../../escaped.json", "x\\..\\..\\escaped.json"})
  void shouldRefuseAPathThatLeadsOut(String name) throws IOException {
    byte[] content = "{}".getBytes(StandardCharsets.UTF_8);
    pack("mean", "", out -> add(out, name, content));
    assertThatThrownBy(() -> repository.resolve(zip.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(zip.toString())
        .hasMessageContaining("leads out of its folder");
    assertThat(repository.directory().resolve("mine")).doesNotExist();
    try (Stream<Path> all = Files.walk(temporary)) {
      assertThat(all.filter(path -> path.endsWith("escaped.json"))).isEmpty();
    }
  }

  @Test
  void shouldRefuseABomb() throws IOException {
    byte[] zeros = new byte[1 << 20];
    pack(
        "mean",
        "",
        out -> {
          out.putNextEntry(new ZipEntry("bomb.json"));
          for (int i = 0; i < 200; i++) {
            out.write(zeros);
          }
        });
    assertThat(Files.size(zip)).isLessThan(1 << 20);
    assertThatThrownBy(() -> repository.resolve(zip.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("unpacks to more than");
    assertThat(repository.directory().resolve("mine")).doesNotExist();
  }

  @Test
  void shouldSayThatAnArchiveHoldsNoCheckpoint() throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      add(out, "readme.txt", new byte[] {1});
    }
    assertThatThrownBy(() -> repository.resolve(zip.toString()))
        .hasMessageContaining("neither modules.json nor config.json");
    Files.writeString(zip, "no archive");
    assertThatThrownBy(() -> repository.resolve(zip.toString()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(zip.toString());
  }
}
