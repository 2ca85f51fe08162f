package io.sentencestreams.model.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds of every store of releases. */
abstract class ReleaseStoreContract {
  static final Path MODEL =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");
  static final Path OTHER = MODEL.resolveSibling("cls");
  static final String WEIGHTS = "model.safetensors";

  @TempDir Path folder;

  ReleaseStore store;
  ReleaseCache cache;

  @BeforeEach
  void openStore() throws IOException {
    store = open();
    cache = new ReleaseCache(store, folder.resolve("cache"));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  /** The store of this test, empty. */
  abstract ReleaseStore open() throws IOException;

  /** What lies in the store of a release's file. */
  abstract byte[] stored(String version, String file) throws IOException;

  /** Puts other bytes in its place. */
  abstract void replace(String version, String file, byte[] bytes) throws IOException;

  /** Makes a release appear under the name of another. */
  abstract void copyAs(String version, String other) throws IOException;

  /** Takes all of the store away. */
  abstract void deleteAll() throws IOException;

  @Test
  void shouldFetchWhatWasPublishedUnderItsDigestAndItsName() throws IOException {
    String version = store.publish(MODEL, "a model");
    assertThat(version).isEqualTo(Checkpoint.open(MODEL).digest());
    Checkpoint fetched = cache.fetch(version);
    assertThat(fetched.digest()).isEqualTo(version);
    assertThat(fetched.name()).isEqualTo("a model");
    fetched.verify();
    for (Path file : files(MODEL)) {
      assertThat(fetched.directory().resolve(file)).hasSameBinaryContentAs(MODEL.resolve(file));
    }
    // From now on the store is not needed.
    deleteAll();
    assertThat(cache.fetch(version).digest()).isEqualTo(version);
  }

  @Test
  void shouldPublishWhatLiesBehindLinks() throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    try (var entries = Files.list(MODEL)) {
      for (Path entry : entries.toList()) {
        Files.createSymbolicLink(model.resolve(entry.getFileName()), entry);
      }
    }
    Path current = Files.createSymbolicLink(folder.resolve("current"), model);
    Checkpoint fetched = cache.fetch(store.publish(current, "a model"));
    for (Path file : files(MODEL)) {
      assertThat(fetched.directory().resolve(file)).hasSameBinaryContentAs(MODEL.resolve(file));
    }
  }

  private static List<Path> files(Path root) throws IOException {
    try (var walk = Files.walk(root)) {
      return walk.filter(Files::isRegularFile).map(root::relativize).toList();
    }
  }

  @Test
  void shouldPublishOnceHoweverManyDoSoAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<String>> all =
          IntStream.range(0, 4)
              .mapToObj(i -> threads.submit(() -> store.publish(MODEL, "a model")))
              .toList();
      for (Future<String> one : all) {
        assertThat(one.get()).isEqualTo(Checkpoint.open(MODEL).digest());
      }
      cache.fetch(all.get(0).get()).verify();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void shouldSayThatAReleaseIsNotThere() {
    assertThatThrownBy(() -> cache.fetch("0".repeat(64)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no model " + "0".repeat(64))
        .hasMessageContaining(store.describe());
    assertThatIllegalArgumentException().isThrownBy(() -> cache.fetch("../x"));
  }

  @Test
  void shouldDeleteOldModelsThatNobodyNeedsAndNothingElse() throws IOException {
    String kept = store.publish(MODEL, "a model");
    String other = store.publish(OTHER, "another");
    Instant now = Instant.now();
    assertThat(store.prune(Set.of(kept), now.minusSeconds(3600))).isEmpty();
    cache.fetch(other).verify();
    cache.keepOnly(Set.of());
    assertThat(store.prune(Set.of(kept), now.plusSeconds(3600))).containsExactly(other);
    assertThatThrownBy(() -> cache.fetch(other)).hasMessageContaining("no model " + other);
    cache.fetch(kept).verify();
    assertThat(store.publish(OTHER, "another")).isEqualTo(other);
    cache.fetch(other).verify();
    assertThat(store.prune(Set.of(), now.plusSeconds(3600))).containsExactlyInAnyOrder(kept, other);
  }

  @Test
  void shouldRefuseADamagedReleaseAndTakeItWhenItIsMended() throws IOException {
    String version = store.publish(MODEL, "a model");
    byte[] whole = stored(version, WEIGHTS);
    byte[] damaged = whole.clone();
    damaged[damaged.length - 1] ^= 1;
    replace(version, WEIGHTS, damaged);
    assertThatThrownBy(() -> cache.fetch(version))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(WEIGHTS);
    replace(version, WEIGHTS, new byte[] {1});
    assertThatThrownBy(() -> cache.fetch(version))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(WEIGHTS);
    assertThatThrownBy(() -> store.publish(MODEL, "a model"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(WEIGHTS);
    replace(version, WEIGHTS, whole);
    assertThat(cache.fetch(version).digest()).isEqualTo(version);
  }

  @Test
  void shouldRefuseAnotherModelUnderTheNameOfARelease() throws IOException {
    String version = store.publish(MODEL, "a model");
    String other = "0".repeat(64);
    copyAs(version, other);
    assertThatThrownBy(() -> cache.fetch(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("under the name of release " + other);
  }

  @Test
  void shouldFetchAgainWhatIsDamagedOnThisMachineAndForgetWhatIsNotUsed() throws IOException {
    String version = store.publish(MODEL, "a model");
    Path weights = cache.fetch(version).directory().resolve(WEIGHTS);
    Files.write(weights, new byte[] {1});
    cache.fetch(version).verify();
    cache.keepOnly(Set.of());
    assertThat(folder.resolve("cache")).isEmptyDirectory();
    cache.fetch(version).verify();
    cache.keepOnly(Set.of(version));
    assertThat(weights).exists();
  }
}
