package io.sentencestreams.model.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReleaseStoreTest {
  private static final Path MODEL =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");

  @TempDir private Path folder;

  private FolderReleaseStore store;
  private ReleaseCache cache;
  private Path root;

  @BeforeEach
  void makeStore() {
    root = folder.resolve("store");
    store = new FolderReleaseStore(root);
    cache = new ReleaseCache(store, folder.resolve("cache"));
  }

  @Test
  void shouldFetchWhatWasPublishedUnderItsDigestAndItsName() throws IOException {
    String version = store.publish(MODEL, "a model");
    assertThat(version).isEqualTo(Checkpoint.open(MODEL).digest());
    Checkpoint fetched = cache.fetch(version);
    assertThat(fetched.digest()).isEqualTo(version);
    assertThat(fetched.name()).isEqualTo("a model");
    fetched.verify();
    // From now on the store is not needed.
    FileTrees.delete(root);
    assertThat(cache.fetch(version).digest()).isEqualTo(version);
  }

  @Test
  void shouldPublishOnceHoweverManyDoSoAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<String>> all =
          IntStream.range(0, 8)
              .mapToObj(i -> threads.submit(() -> store.publish(MODEL, "a model")))
              .toList();
      for (Future<String> one : all) {
        Checkpoint.open(root.resolve(one.get())).verify();
      }
    } finally {
      threads.shutdownNow();
    }
    try (Stream<Path> list = Files.list(root)) {
      assertThat(list).hasSize(1);
    }
  }

  @Test
  void shouldDeleteOldModelsThatNobodyNeedsAndNothingElse() throws IOException {
    Instant now = Instant.parse("2026-01-02T00:00:00Z");
    String kept = "a".repeat(64);
    String old = "b".repeat(64);
    String young = "c".repeat(64);
    for (String name : List.of(kept, old, young, ".staging-" + old + "-x", "not ours")) {
      Files.createDirectories(root.resolve(name).resolve("inside"));
      Instant made = name.equals(young) ? now : now.minusSeconds(1);
      Files.setLastModifiedTime(root.resolve(name), FileTime.from(made));
    }
    assertThat(store.prune(Set.of(kept), now)).containsExactly(old);
    try (Stream<Path> list = Files.list(root)) {
      assertThat(list.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(kept, young, "not ours");
    }
  }

  @Test
  void shouldNotTakeWhatAKilledProcessLeftForARelease() throws IOException {
    String version = Checkpoint.open(MODEL).digest();
    Files.createDirectories(root.resolve(".staging-" + version + "-x"));
    assertThatThrownBy(() -> cache.fetch(version))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no model " + version);
    assertThat(store.publish(MODEL, "a model")).isEqualTo(version);
  }

  @Test
  void shouldRefuseADamagedReleaseAndTakeItWhenItIsMended() throws IOException {
    String version = store.publish(MODEL, "a model");
    Path weights = root.resolve(version).resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    byte[] damaged = whole.clone();
    damaged[damaged.length - 1] ^= 1;
    Files.write(weights, damaged);
    assertThatThrownBy(() -> cache.fetch(version))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors");
    assertThatThrownBy(() -> store.publish(MODEL, "a model"))
        .isInstanceOf(CheckpointException.class);
    Files.write(weights, whole);
    assertThat(cache.fetch(version).digest()).isEqualTo(version);
  }

  @Test
  void shouldRefuseAnotherModelUnderTheNameOfARelease() throws IOException {
    String version = store.publish(MODEL, "a model");
    String other = "0".repeat(64);
    Files.move(root.resolve(version), root.resolve(other));
    assertThatThrownBy(() -> cache.fetch(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("under the name of release " + other);
    assertThatIllegalArgumentException().isThrownBy(() -> cache.fetch("../" + version));
  }

  @Test
  void shouldFetchAgainWhatIsDamagedOnThisMachineAndForgetWhatIsNotUsed() throws IOException {
    String version = store.publish(MODEL, "a model");
    Path weights = cache.fetch(version).directory().resolve("model.safetensors");
    Files.write(weights, new byte[] {1});
    cache.fetch(version).verify();
    cache.keepOnly(Set.of());
    assertThat(folder.resolve("cache")).isEmptyDirectory();
    cache.fetch(version).verify();
    cache.keepOnly(Set.of(version));
    assertThat(weights).exists();
  }
}
