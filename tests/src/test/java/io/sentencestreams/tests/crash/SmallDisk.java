package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real disk of few bytes, in memory, in a namespace that only one process sees. */
final class SmallDisk {
  /** Becomes the process, so that signals reach it. */
  private static final String RUN = "exec \"$@\"";

  /** Stays, because the disk is gone with the process: copies it, and ends as the process did. */
  private static final String RUN_AND_COPY =
      "\"$@\"; status=$?; cp -r \"$0\" \"$0-after\" && exit $status";

  private SmallDisk() {}

  /**
   * The beginning of a command that mounts a disk and then runs what follows; the test is skipped
   * where the kernel does not let this user mount one.
   *
   * @param folder that it is mounted at
   */
  static List<String> at(Path folder, long bytes) throws InterruptedException {
    return wrapper(folder, bytes, RUN);
  }

  /** As {@link #at}; the disk's files are in {@link #copy} when the command has ended. */
  static List<String> copiedFrom(Path folder, long bytes) throws InterruptedException {
    return wrapper(folder, bytes, RUN_AND_COPY);
  }

  /** Where {@link #copiedFrom} leaves the files. */
  static Path copy(Path folder) {
    return folder.resolveSibling(folder.getFileName() + "-after");
  }

  private static List<String> wrapper(Path folder, long bytes, String then)
      throws InterruptedException {
    String mount = "mount -t tmpfs -o size=%d tmpfs \"$0\" && ".formatted(bytes);
    assumeThat(canMount(mount, folder)).as("the kernel lets this user mount a disk").isTrue();
    return List.of("unshare", "-Urm", "sh", "-c", mount + then, folder.toString());
  }

  private static boolean canMount(String mount, Path folder) throws InterruptedException {
    try {
      List<String> command = new ArrayList<>(List.of("unshare", "-Urm", "sh", "-c"));
      command.addAll(List.of(mount + "true", folder.toString()));
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // no unshare on this machine
    }
  }
}
