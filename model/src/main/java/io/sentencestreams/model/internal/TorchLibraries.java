package io.sentencestreams.model.internal;

import ai.djl.util.Utils;
import io.sentencestreams.model.EncoderException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * PyTorch's native libraries: those on the class path, or others that a variable names, such as a
 * build for CUDA.
 */
final class TorchLibraries {
  /** DJL's variables, which may be system properties too. */
  private static final String PATH = "PYTORCH_LIBRARY_PATH";

  private static final String FLAVOR = "PYTORCH_FLAVOR";

  /** The one binding for CUDA that DJL has for this version of PyTorch. */
  private static final String CUDA = "cu128";

  private TorchLibraries() {}

  /**
   * Tells DJL which of its bindings fits the libraries that the variable names. By itself it would
   * ignore a folder without them, and ask for a binding of the driver's version of CUDA.
   *
   * @throws EncoderException if the variable names a place without libraries
   */
  static void choose() {
    String path = Utils.getEnvOrSystemProperty(PATH);
    if (path == null) {
      return;
    }
    String name = System.mapLibraryName("torch");
    Path library =
        Arrays.stream(path.split(File.pathSeparator))
            .map(Path::of)
            .map(place -> place.endsWith(name) ? place : place.resolve(name))
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(
                () ->
                    new EncoderException(
                        "%s is %s, where there is no %s".formatted(PATH, path, name), null));
    if (Utils.getEnvOrSystemProperty(FLAVOR) == null) {
      Path cuda = library.resolveSibling(System.mapLibraryName("torch_cuda"));
      System.setProperty(FLAVOR, Files.exists(cuda) ? CUDA : "cpu");
    }
  }

  /** What went wrong when the libraries were loaded. */
  static EncoderException failure(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String path = Utils.getEnvOrSystemProperty(PATH);
    return new EncoderException(
        "PyTorch's native libraries could not be loaded%s: %s"
            .formatted(
                path == null ? "" : " (%s is %s)".formatted(PATH, path),
                root instanceof LinkageError ? root.getMessage() : root),
        thrown);
  }
}
