package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state folder lies on a disk of its own, a real one of 64 KiB, and the disk is full. */
class FullDiskTest {
  private static final int RECORDS = 300;

  private static final int DISK = 64 << 10;

  @TempDir private Path folder;

  @Test
  void shouldLoseNothingWhenTheDiskUnderItsStateIsFull() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    List<String> wrapper = SmallDisk.at(disk, DISK);
    try (EmbeddedBroker broker = CrashRun.broker();
        Topics topics = new Topics(broker.bootstrapServers())) {
      Feed feed = CrashRun.feed(topics, RECORDS, 17);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(
              broker.bootstrapServers(), disk.resolve("state"), CrashPoint.Guarantee.EXACTLY_ONCE);
      try (ProgramProcess process =
          ProgramProcess.streamBehind(wrapper, folder, "first", properties)) {
        CrashRun.awaitMore(reader, feed, 50, process);
        fill(process, disk);
        feed.add(RECORDS);
        CrashRun.awaitDistinct(reader, feed.texts().size(), process);
        feed.add(RECORDS);
        process.kill();
      }
      try (ProgramProcess process =
          ProgramProcess.streamBehind(wrapper, folder, "second", properties)) {
        await().atMost(CrashRun.PATIENCE).until(process::isReady);
        fill(process, disk);
        CrashRun.awaitDistinct(reader, feed.texts().size(), process);
        assertThat(process.stop()).as(process::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      }
      reader.pollToEnd();
      CrashRun.assertGuarantee(CrashPoint.Guarantee.EXACTLY_ONCE, reader.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    }
  }

  /** Writes to the disk through the process's view of it until nothing more fits. */
  private static void fill(ProgramProcess process, Path disk) throws IOException {
    Path file = Path.of("/proc/" + process.pid() + "/root" + disk, "filler");
    IOException full = null;
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] page = new byte[512];
      while (full == null) {
        try {
          out.write(page);
        } catch (IOException e) {
          full = e;
        }
      }
    }
    assertThat(full).hasMessageContaining("No space left on device");
  }
}
