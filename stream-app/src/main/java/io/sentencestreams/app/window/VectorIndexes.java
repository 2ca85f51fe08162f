package io.sentencestreams.app.window;

import io.sentencestreams.model.window.MatchVisitor;
import io.sentencestreams.model.window.VectorWindow;
import io.sentencestreams.model.window.WindowSnapshot;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The indexes of a partition's vectors, one for each version of a model: vectors of two versions
 * are not comparable.
 *
 * <p>Three kinds of threads come here: the stream thread that owns the task, the one that restores
 * it, and those of queries and metrics. Each call holds the monitor, so none sees a change half
 * done. A query holds it only while it takes a {@link WindowSnapshot}, tens of microseconds for
 * 100,000 vectors, and searches that without it: however long a query takes, the stream thread does
 * not wait for it. The stream thread's own monitor is free at nearly all times and costs it nothing
 * to speak of.
 */
final class VectorIndexes {
  private final WindowSettings settings;
  private final Map<String, VectorWindow> byVersion = new TreeMap<>();
  private final IdIndex ids;
  private boolean open;

  VectorIndexes(WindowSettings settings) {
    this.settings = settings;
    this.ids = new IdIndex(settings.sliceMillis());
  }

  /** Says that queries may ask: from now until {@link #close} all that was added is here. */
  synchronized void open() {
    open = true;
  }

  synchronized void add(long handle, String modelVersion, int idHash, short[] vector) {
    byVersion
        .computeIfAbsent(
            modelVersion,
            version ->
                new VectorWindow(vector.length, settings.threshold(), settings.sliceMillis()))
        .add(handle, Handles.time(handle), vector);
    ids.add(idHash, handle);
  }

  synchronized void remove(long handle) {
    for (VectorWindow window : byVersion.values()) {
      if (window.remove(handle, Handles.time(handle))) {
        ids.removed(handle);
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

  /**
   * What a version's vectors are at this moment, and which versions there are.
   *
   * @return empty if the store is closed: what is here then is not all of it
   */
  synchronized Optional<VectorView> view(String modelVersion) {
    if (!open) {
      return Optional.empty();
    }
    Map<String, Long> versions = new TreeMap<>();
    byVersion.forEach((version, window) -> versions.put(version, window.size()));
    VectorWindow window = byVersion.get(modelVersion);
    return Optional.of(
        new VectorView(window == null ? WindowSnapshot.EMPTY : window.snapshot(), versions));
  }

  /**
   * Handles of the texts whose id may be this one, in no order; some may be gone.
   *
   * @return empty if the store is closed
   */
  synchronized Optional<long[]> handles(String id) {
    return open ? Optional.of(ids.find(IdIndex.hash(id))) : Optional.empty();
  }

  synchronized void expire(long beforeTime) {
    byVersion.values().forEach(window -> window.expire(beforeTime));
    byVersion.values().removeIf(window -> window.size() == 0);
    ids.expire(beforeTime);
  }

  synchronized void close() {
    open = false;
    byVersion.clear();
    ids.clear();
  }

  synchronized long size() {
    return byVersion.values().stream().mapToLong(VectorWindow::size).sum();
  }

  /** Bytes of the vectors and all that is kept with them. */
  synchronized long memoryBytes() {
    return ids.memoryBytes()
        + byVersion.values().stream().mapToLong(VectorWindow::memoryBytes).sum();
  }
}
