package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an import atomic and exclusive.
 *
 * <p>The checkpoint is written into a staging folder, forced to the disk, and moved into place by
 * one rename. A lock on a file per name keeps others out; the operating system frees it when its
 * process dies, so a killed import blocks nobody, and since only the holder may stage, whatever
 * lies in the staging folder of a name is left over and is deleted. The lock's file itself stays:
 * deleting it would let two processes lock two files of one name.
 */
final class ImportTransaction {
  private static final Logger log = LoggerFactory.getLogger(ImportTransaction.class);

  /** A file lock belongs to the process, so threads need one of their own. */
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final Path models;

  ImportTransaction(Path models) {
    this.models = models;
  }

  /** Imports, unless the name is there when its turn comes; opens what is there then. */
  Checkpoint run(ModelImport model, ImportProgress progress) {
    Path target = models.resolve(model.name());
    ReentrantLock threads = THREADS.computeIfAbsent(target, path -> new ReentrantLock());
    threads.lock();
    try {
      if (!Files.isDirectory(target)) {
        runAlone(model, target, progress);
      }
      return Checkpoint.open(target);
    } catch (FileSystemException e) {
      throw new CheckpointException(
          "cannot import %s into %s: %s. If it cannot be made writable or has no room, set %s to another folder"
              .formatted(model.name(), models, describe(e), ModelRepository.HOME_VARIABLE),
          e);
    } catch (IOException e) {
      throw new CheckpointException(
          "cannot import %s into %s: %s".formatted(model.name(), models, e.getMessage()), e);
    } finally {
      threads.unlock();
    }
  }

  private void runAlone(ModelImport model, Path target, ImportProgress progress)
      throws IOException {
    Path locks = Files.createDirectories(models.resolve(".locks"));
    try (FileChannel channel =
            FileChannel.open(
                locks.resolve(model.name() + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = lock(channel, model, progress)) {
      if (lock.isValid() && !Files.isDirectory(target)) {
        stageAndPublish(model, target, progress);
      }
    }
  }

  private static FileLock lock(FileChannel channel, ModelImport model, ImportProgress progress)
      throws IOException {
    FileLock lock = channel.tryLock();
    if (lock == null) {
      progress.begins(model.name(), Step.WAIT);
      lock = channel.lock();
    }
    return lock;
  }

  private void stageAndPublish(ModelImport model, Path target, ImportProgress progress)
      throws IOException {
    Path staging = models.resolve(".staging").resolve(model.name());
    FileTrees.delete(staging);
    try {
      Path checkpoint = Files.createDirectories(staging.resolve("checkpoint"));
      Path scratch = Files.createDirectories(staging.resolve("scratch"));
      model.writeTo(checkpoint, scratch, progress);
      progress.begins(model.name(), Step.VERIFY);
      String digest = Checkpoint.open(checkpoint).digest();
      Manifest.write(checkpoint, model.name(), model.source(), digest);
      FileTrees.force(checkpoint);
      Files.move(checkpoint, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceDirectory(models);
    } finally {
      cleanUp(staging);
    }
  }

  /** What cannot be deleted now, the next import of the name deletes first. */
  private static void cleanUp(Path staging) {
    try {
      FileTrees.delete(staging);
    } catch (IOException e) {
      log.warn("Cannot delete the leftovers of an import in {}: {}", staging, e.toString());
    }
  }

  private static String describe(FileSystemException e) {
    String kind =
        e.getReason() != null
            ? e.getReason()
            : e.getClass().getSimpleName().replace("Exception", "");
    return e.getFile() + ": " + kind;
  }
}
