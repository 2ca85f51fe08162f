package io.sentencestreams.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The files of a run: the model, the last two checkpoints, the report. A checkpoint appears whole,
 * by a rename, or not at all.
 */
final class RunFolder {
  private static final String PREFIX = "step-";
  private static final String MODEL = "model";
  private static final String PAGE = "report.html";
  private static final int KEPT = 2;

  private final Path root;
  private final ObjectMapper mapper = new ObjectMapper();

  RunFolder(Path root) {
    this.root = root;
  }

  Path model() {
    return root.resolve(MODEL);
  }

  Path root() {
    return root;
  }

  /**
   * Makes the folder.
   *
   * @param base folder of the model that is trained
   * @throws TrainingException if it cannot be made or written to, or the run's files would come
   *     among those of the model that it begins with, or over them
   */
  void prepare(Path base) {
    try {
      Files.createDirectories(root);
      Files.delete(Files.createTempFile(root, ".probe", ""));
      Path model = base.toRealPath();
      Path output = root.toRealPath();
      if (output.startsWith(model) || model.startsWith(output.resolve(MODEL))) {
        throw new TrainingException(
            "the run would write to %s, the model that it begins with; choose another output folder"
                .formatted(base));
      }
    } catch (IOException e) {
      throw new TrainingException("the output folder cannot be written to: " + e, e);
    }
  }

  /** What shows that there was a run: a checkpoint, a model or a report. */
  Optional<Path> trace() {
    return lastCheckpoint()
        .or(() -> Stream.of(model(), reportFile()).filter(Files::exists).findFirst());
  }

  /** Checks that there was no run. */
  void requireNew() {
    trace()
        .ifPresent(
            trace -> {
              throw new TrainingException(
                  "%s is there from an earlier run: resume it, overwrite it, or choose another output folder"
                      .formatted(trace));
            });
  }

  /** Whether a run came to its end here. */
  boolean isFinished() {
    return Files.exists(reportFile());
  }

  /** Deletes what an earlier run left, but its model. */
  void clear() {
    try {
      // At once: a run that is resumed trusts a checkpoint that is there.
      FileTrees.deleteAtOnce(checkpoints());
      Files.deleteIfExists(reportFile());
      Files.deleteIfExists(root.resolve(PAGE));
    } catch (IOException e) {
      throw new TrainingException("cannot delete the earlier run in %s: %s".formatted(root, e), e);
    }
  }

  private Path reportFile() {
    return root.resolve("report.json");
  }

  private Path checkpoints() {
    return root.resolve("checkpoints");
  }

  /** The newest checkpoint. */
  Optional<Path> lastCheckpoint() {
    List<Path> all = all();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  private List<Path> all() {
    if (!Files.isDirectory(checkpoints())) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(checkpoints())) {
      return list.filter(path -> path.getFileName().toString().startsWith(PREFIX))
          .sorted(Comparator.comparingLong(RunFolder::step))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
  }

  static Path arrays(Path checkpoint) {
    return checkpoint.resolve("state.safetensors");
  }

  JsonNode readState(Path checkpoint) {
    try {
      return mapper.readTree(Files.readAllBytes(checkpoint.resolve("state.json")));
    } catch (IOException e) {
      throw new TrainingException("cannot read the checkpoint %s: %s".formatted(checkpoint, e), e);
    }
  }

  /**
   * Writes a checkpoint and deletes older ones.
   *
   * @param arrays writes the arrays into a file
   */
  void writeCheckpoint(long step, ObjectNode state, Consumer<Path> arrays) {
    Path target = checkpoints().resolve(PREFIX + step);
    Path staging = checkpoints().resolve(".tmp");
    try {
      FileTrees.delete(staging);
      Files.createDirectories(staging);
      arrays.accept(arrays(staging));
      write(staging.resolve("state.json"), state);
      FileTrees.delete(target);
      Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceDirectory(checkpoints());
      List<Path> all = all();
      for (Path old : all.subList(0, Math.max(0, all.size() - KEPT))) {
        FileTrees.delete(old);
      }
    } catch (IOException | CheckpointException e) {
      discard(staging, e);
      throw new TrainingException(
          "cannot write the checkpoint %s: %s%s"
              .formatted(
                  target, e, lastCheckpoint().map(last -> "; " + last + " is whole").orElse("")),
          e);
    }
  }

  /** What was written in vain would fill the disk. */
  private static void discard(Path staging, Exception cause) {
    try {
      FileTrees.delete(staging);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  void writeReport(ObjectNode report, String page) {
    try {
      Files.createDirectories(root);
      Files.writeString(root.resolve(PAGE), page);
      write(reportFile(), report); // the last of all: a run that has it is finished
    } catch (IOException e) {
      throw new TrainingException("cannot write the report into %s: %s".formatted(root, e), e);
    }
  }

  byte[] bytes(ObjectNode json) {
    try {
      return mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing here leaves the memory
    }
  }

  private void write(Path file, ObjectNode json) throws IOException {
    byte[] bytes = bytes(json);
    AtomicFiles.replace(file, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
  }
}
