package io.sentencestreams.app.window;

import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.MatchVisitor;
import io.sentencestreams.model.window.VectorWindow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The indexes of a partition's vectors, one for each version of a model: vectors of two versions
 * are not comparable. A restore writes here from another thread than the processor, and queries
 * read from any: hence the monitor.
 */
final class VectorIndexes {
  private final WindowSettings settings;
  private final Map<String, VectorWindow> byVersion = new HashMap<>();

  VectorIndexes(WindowSettings settings) {
    this.settings = settings;
  }

  synchronized void add(long handle, String modelVersion, short[] vector) {
    byVersion
        .computeIfAbsent(
            modelVersion,
            version ->
                new VectorWindow(vector.length, settings.threshold(), settings.sliceMillis()))
        .add(handle, Handles.time(handle), vector);
  }

  synchronized void remove(long handle) {
    for (VectorWindow window : byVersion.values()) {
      if (window.remove(handle, Handles.time(handle))) {
        return;
      }
    }
  }

  /**
   * Visits what is at least as similar as the threshold and not farther away in time than the
   * window is long.
   *
   * @throws IllegalArgumentException if vectors of that version have another dimension
   */
  synchronized void search(String modelVersion, short[] vector, long time, MatchVisitor visitor) {
    VectorWindow window = byVersion.get(modelVersion);
    if (window != null) {
      long millis = settings.window().toMillis();
      window.search(vector, settings.threshold(), time - millis, time + millis, visitor);
    }
  }

  /** The most similar ones of a version, best first. */
  synchronized List<Match> nearest(String modelVersion, short[] vector, int k) {
    VectorWindow window = byVersion.get(modelVersion);
    return window == null ? List.of() : window.nearest(vector, k, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  synchronized void expire(long beforeTime) {
    byVersion.values().forEach(window -> window.expire(beforeTime));
    byVersion.values().removeIf(window -> window.size() == 0);
  }

  synchronized void clear() {
    byVersion.clear();
  }

  synchronized long size() {
    return byVersion.values().stream().mapToLong(VectorWindow::size).sum();
  }

  /** Bytes of the vectors and all that is kept with them. */
  synchronized long memoryBytes() {
    return byVersion.values().stream().mapToLong(VectorWindow::memoryBytes).sum();
  }
}
