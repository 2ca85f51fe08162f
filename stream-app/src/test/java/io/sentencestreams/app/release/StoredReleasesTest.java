package io.sentencestreams.app.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredReleasesTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"mean", "modules/words", "modules/phrases", "modules/bow", "modules/static"})
  void shouldLoadAReleaseOfAModelOfAnyKind(String name) throws IOException {
    AppConfig config = config(name);
    String version = config.releaseStore().publish(GOLDEN.resolve(name), "better");
    try (StoredReleases releases = new StoredReleases(config);
        BatchEncoder encoder = releases.load(version, "fp32")) {
      assertThat(encoder.modelVersion()).startsWith(version.substring(0, 12));
    }
  }

  @Test
  void shouldRefuseAReleaseWithOtherWords() throws IOException {
    AppConfig config = config("modules/words");
    String version = config.releaseStore().publish(GOLDEN.resolve("modules/bow"), "other");
    try (StoredReleases releases = new StoredReleases(config)) {
      assertThatThrownBy(() -> releases.load(version, "fp32"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("has another tokenizer than model");
    }
  }

  private AppConfig config(String model) {
    return new AppConfig(
        Map.of(
            "application.id",
            "releases",
            "bootstrap.servers",
            "none:1",
            AppConfig.MODEL,
            GOLDEN.resolve(model).toString(),
            AppConfig.RELEASES_FOLDER,
            folder.resolve("releases").toString(),
            AppConfig.RELEASES_CACHE_FOLDER,
            folder.resolve("cache").toString()));
  }
}
