package io.sentencestreams.model.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderReleaseStoreTest extends ReleaseStoreContract {

  private Path root() {
    return folder.resolve("store");
  }

  @Override
  ReleaseStore open() {
    return ReleaseStores.open(root().toString(), S3Options.DEFAULT);
  }

  @Override
  byte[] stored(String version, String file) throws IOException {
    return Files.readAllBytes(root().resolve(version).resolve(file));
  }

  @Override
  void replace(String version, String file, byte[] bytes) throws IOException {
    Files.write(root().resolve(version).resolve(file), bytes);
  }

  @Override
  void copyAs(String version, String other) throws IOException {
    Files.move(root().resolve(version), root().resolve(other));
  }

  @Override
  void deleteAll() throws IOException {
    FileTrees.delete(root());
  }

  @Test
  void shouldNotTakeWhatAKilledProcessLeftForARelease() throws IOException {
    String version = Checkpoint.open(MODEL).digest();
    Files.createDirectories(root().resolve(".staging-" + version + "-x"));
    assertThatThrownBy(() -> cache.fetch(version))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no model " + version);
    assertThat(store.publish(MODEL, "a model")).isEqualTo(version);
  }

  @Test
  void shouldDeleteWhatKilledProcessesLeftAndNothingThatIsNotItsOwn() throws IOException {
    Instant now = Instant.parse("2026-01-02T00:00:00Z");
    String kept = "a".repeat(64);
    String old = "b".repeat(64);
    String young = "c".repeat(64);
    for (String name : List.of(kept, old, young, ".staging-" + old + "-x", "not ours")) {
      Files.createDirectories(root().resolve(name).resolve("inside"));
      Instant made = name.equals(young) ? now : now.minusSeconds(1);
      Files.setLastModifiedTime(root().resolve(name), FileTime.from(made));
    }
    assertThat(store.prune(Set.of(kept), now)).containsExactly(old);
    try (Stream<Path> list = Files.list(root())) {
      assertThat(list.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(kept, young, "not ours");
    }
  }

  @Test
  void shouldLeaveNothingButTheRelease() throws IOException {
    store.publish(MODEL, "a model");
    store.publish(MODEL, "a model");
    try (Stream<Path> list = Files.list(root())) {
      assertThat(list).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gs://bucket/models", "http://localhost:9000/models", "s3://"})
  void shouldRefuseAnAddressThatIsNoFolderAndNoBucket(String location) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ReleaseStores.open(location, S3Options.DEFAULT))
        .withMessageContaining("is neither a folder nor s3://BUCKET/PREFIX");
  }
}
