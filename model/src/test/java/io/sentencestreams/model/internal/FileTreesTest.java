package io.sentencestreams.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreesTest {
  @TempDir private Path folder;

  @Test
  void shouldDeleteATreeAtOnceAndWhatAKillHasLeftOfIt() throws IOException {
    Path tree = folder.resolve("tree");
    Files.createDirectories(folder.resolve(".tree.deleted/left"));
    Files.createDirectories(tree.resolve("below"));
    Files.writeString(tree.resolve("below/file"), "text");
    FileTrees.deleteAtOnce(tree);
    assertThat(folder).isEmptyDirectory();
    Files.createDirectories(folder.resolve(".tree.deleted/left"));
    FileTrees.deleteAtOnce(tree);
    assertThat(folder).isEmptyDirectory();
  }
}
