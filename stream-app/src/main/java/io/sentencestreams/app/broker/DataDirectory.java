package io.sentencestreams.app.broker;

import io.sentencestreams.app.FileTree;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * The folder of one broker's data, locked for one process while it is open. The lock is ours and
 * not the broker's own, because the broker takes its lock only after it has begun to read the
 * folder.
 */
final class DataDirectory implements AutoCloseable {
  private static final String LOCK_FILE = "embedded-broker.lock";
  private static final String META_PROPERTIES = "meta.properties";

  private final Path path;
  private final boolean temporary;
  private final FileChannel lockChannel;

  private DataDirectory(Path path, boolean temporary, FileChannel lockChannel) {
    this.path = path;
    this.temporary = temporary;
    this.lockChannel = lockChannel;
  }

  static DataDirectory temporary() {
    try {
      return open(Files.createTempDirectory("sentence-streams-broker-"), true);
    } catch (IOException e) {
      throw new EmbeddedBrokerException(
          "no temporary folder for the broker's data could be made: " + e.getMessage(), e);
    }
  }

  static DataDirectory at(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      Files.createDirectories(absolute);
    } catch (IOException e) {
      throw notUsable(absolute, "cannot be made (" + e + ")", e);
    }
    if (!Files.isWritable(absolute)) {
      throw notUsable(absolute, "is not writable for this user", null);
    }
    return open(absolute, false);
  }

  private static DataDirectory open(Path path, boolean temporary) {
    FileChannel channel = null;
    try {
      refuseForeignFolder(path);
      channel =
          FileChannel.open(
              path.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw notUsable(path, "is in use by another embedded broker; stop that one first", null);
      }
      DataDirectory opened = new DataDirectory(path, temporary, channel);
      channel = null;
      return opened;
    } catch (IOException e) {
      throw notUsable(path, "cannot be opened (" + e + ")", e);
    } finally {
      Utils.closeQuietly(channel, "lock file of the broker's data folder");
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by a broker in this very process
    }
  }

  /**
   * The broker refuses to start beside folders it did not make, with a message about partitions.
   */
  private static void refuseForeignFolder(Path path) throws IOException {
    if (Files.exists(path.resolve(META_PROPERTIES))) {
      return;
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> foreign =
          entries.filter(entry -> !entry.getFileName().toString().equals(LOCK_FILE)).toList();
      if (!foreign.isEmpty()) {
        throw notUsable(
            path,
            "holds "
                + foreign.get(0).getFileName()
                + " but no broker's data; name an empty folder or a new one",
            null);
      }
    }
  }

  private static EmbeddedBrokerException notUsable(Path path, String why, Throwable cause) {
    return new EmbeddedBrokerException("the broker's data folder " + path + " " + why, cause);
  }

  Path path() {
    return path;
  }

  /** Writes cluster id, node id and bootstrap metadata unless an earlier start did. */
  void format(int nodeId, String controllerListener, List<String> scramArguments) {
    if (Files.exists(path.resolve(META_PROPERTIES))) {
      return;
    }
    try {
      new Formatter()
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .setClusterId(Uuid.randomUuid().toString())
          .setNodeId(nodeId)
          .setControllerListenerName(controllerListener)
          .setMetadataLogDirectory(path.toString())
          .addDirectory(path.toString())
          .setScramArguments(scramArguments)
          .run();
    } catch (Exception e) { // Formatter.run declares Exception
      throw notUsable(path, "cannot be formatted: " + e.getMessage(), e);
    }
  }

  /** Releases the lock, and deletes the folder if it is a temporary one. */
  @Override
  public void close() throws IOException {
    lockChannel.close();
    if (temporary) {
      FileTree.delete(path);
    }
  }
}
