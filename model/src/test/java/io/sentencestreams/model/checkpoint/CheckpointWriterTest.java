package io.sentencestreams.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sentencestreams.model.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
  private static final String KILLED = "0f8fad5b-d9cb-469f-a165-70867728950e";

  @TempDir private Path folder;

  private void write(Path source, Path target) {
    CheckpointWriter.write(Checkpoint.open(source), target, Map.of(), Map.of());
  }

  @Test
  void shouldCopyACheckpointThatIsALink() throws IOException {
    Path base = Golden.copy("mean", folder.resolve("base"));
    // As in a cache of downloads: the folder and a module's are links.
    Files.move(base.resolve("1_Pooling"), folder.resolve("pooling"));
    Files.createSymbolicLink(base.resolve("1_Pooling"), folder.resolve("pooling"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), base);
    write(link, folder.resolve("copy"));
    assertThat(Checkpoint.open(folder.resolve("copy")).digest())
        .isEqualTo(Golden.of("mean").checkpoint().digest());
  }

  @Test
  void shouldCopyFilesThatAreReadOnly() throws IOException {
    assumeFalse(System.getProperty("user.name").equals("root"), "root may write everything");
    Path base = Golden.copy("mean", folder.resolve("base"));
    Files.setPosixFilePermissions(
        base.resolve("tokenizer.json"), PosixFilePermissions.fromString("r--r--r--"));
    write(base, folder.resolve("copy"));
    write(base, folder.resolve("copy"));
    assertThat(folder.resolve("copy/tokenizer.json"))
        .hasSameBinaryContentAs(base.resolve("tokenizer.json"));
  }

  @Test
  void shouldReplaceTheVeryCheckpointThatItCopies() throws IOException {
    Path base = Golden.copy("mean", folder.resolve("base"));
    write(base, base);
    assertThat(Checkpoint.open(base).digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
  }

  @Test
  void shouldRefuseToReplaceWhatIsNotACheckpoint() throws IOException {
    Path models = Files.createDirectories(folder.resolve("models"));
    Path base = Golden.copy("mean", models.resolve("base"));
    assertThatThrownBy(() -> write(base, models))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("would be lost");
    Path link = Files.createSymbolicLink(folder.resolve("link"), models);
    assertThatThrownBy(() -> write(base, link)).hasMessageContaining("would be lost");
    Path thesis = Files.createDirectories(folder.resolve("documents")).resolve("thesis.txt");
    Files.writeString(thesis, "of years");
    assertThatThrownBy(() -> write(base, thesis.getParent()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is no checkpoint");
    assertThatThrownBy(() -> write(base, thesis)).hasMessageContaining("is a file");
    assertThat(thesis).hasContent("of years");
    assertThat(Checkpoint.open(base).digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
    write(base, Files.createDirectories(folder.resolve("empty")));
    assertThat(folder.resolve("empty/modules.json")).isRegularFile();
  }

  @Test
  void shouldBringBackTheCheckpointThatAKilledWriteHadMovedAway() throws IOException {
    Checkpoint source = Golden.of("mean").checkpoint();
    Path target = folder.resolve("model");
    Path old = Golden.copy("cls", folder.resolve(".model.%s.tmp.old".formatted(KILLED)));
    Path staging = Golden.copy("mean", folder.resolve(".model.%s.tmp".formatted(KILLED)));
    CheckpointWriter.prepare(source, target);
    assertThat(Checkpoint.open(target).digest()).isEqualTo(Golden.of("cls").checkpoint().digest());
    assertThat(old).doesNotExist();
    assertThat(staging).doesNotExist();
  }

  @Test
  void shouldDeleteWhatKilledWritesLeftBesideItsCheckpoint() throws IOException {
    Path base = Golden.copy("mean", folder.resolve("base"));
    Path target = Golden.copy("cls", folder.resolve("model"));
    Files.createDirectories(folder.resolve(".model.%s.tmp.old/1_Pooling".formatted(KILLED)));
    Files.createDirectories(folder.resolve(".model.%s.tmp".formatted(KILLED)));
    Path another = folder.resolve(".model.2.%s.tmp".formatted(KILLED));
    Files.createDirectories(another);
    write(base, target);
    assertThat(Checkpoint.open(target).digest()).isEqualTo(Golden.of("mean").checkpoint().digest());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.toList()).containsExactlyInAnyOrderElementsOf(List.of(base, target, another));
    }
  }
}
