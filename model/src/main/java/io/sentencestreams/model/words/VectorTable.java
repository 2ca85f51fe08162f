package io.sentencestreams.model.words;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.internal.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Words and their vectors while they are read: the vectors go to a temporary file. */
final class VectorTable implements AutoCloseable {
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
  private final List<String> words = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private boolean kept;

  VectorTable() {
    try {
      Path file = Files.createTempFile("word-vectors", ".tmp");
      // On Unix its name is gone from here on, so that no end of the process leaves it behind.
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new CheckpointException("cannot write a temporary file for the vectors: " + e, e);
    }
  }

  List<String> words() {
    return words;
  }

  /** What keeps a word with its vector from being added; null if nothing does. */
  String problem(String word, float[] vector) {
    if (word.isEmpty()) {
      return "there is no word before the numbers";
    }
    Integer place = places.get(word);
    if (place != null) {
      return place == 0
          ? "the word '%s' is the name of the row for padding".formatted(word)
          : "the word '%s' is there already, as word %d".formatted(word, place);
    }
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        return "number %d of '%s' is %s".formatted(i + 1, word, vector[i]);
      }
    }
    return null;
  }

  /** Adds a word; the vector may be reused. */
  void add(String word, float[] vector, Path source) {
    long bytes = (words.size() + 1L) * vector.length * Float.BYTES;
    if (bytes > Integer.MAX_VALUE) {
      throw new CheckpointException(
          "%s has more vectors than fit a table of 2 GiB; take the first %d words at most"
              .formatted(source, words.size() - 1));
    }
    places.put(word, words.size());
    words.add(word);
    try {
      for (float value : vector) {
        if (!buffer.hasRemaining()) {
          flush();
        }
        buffer.putFloat(value);
      }
    } catch (IOException e) {
      throw new CheckpointException("cannot write a temporary file for the vectors: " + e, e);
    }
  }

  private void flush() throws IOException {
    AtomicFiles.writeFully(channel, buffer.flip());
    buffer.clear();
  }

  /** The file with all vectors, which is the caller's from now on. */
  FileChannel finish() {
    try {
      flush();
    } catch (IOException e) {
      throw new CheckpointException("cannot write a temporary file for the vectors: " + e, e);
    }
    kept = true;
    return channel;
  }

  /** Deletes the file, unless it is the caller's. */
  @Override
  public void close() {
    if (!kept) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new CheckpointException("cannot delete a temporary file of vectors: " + e, e);
      }
    }
  }
}
