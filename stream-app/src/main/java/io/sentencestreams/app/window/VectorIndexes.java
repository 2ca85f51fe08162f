package io.sentencestreams.app.window;

import io.sentencestreams.model.window.MatchVisitor;
import io.sentencestreams.model.window.VectorWindow;
import io.sentencestreams.model.window.WindowSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

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

  /** Says that queries may ask: what the changelog holds is here, to {@link #shut}. */
  synchronized void open() {
    open = true;
  }

  /** Says that queries may not ask: the task stops, and may be restored before it goes on. */
  synchronized void shut() {
    open = false;
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
   * Visits what is at least as similar as the threshold.
   *
   * @param from least time
   * @param to greatest time
   * @throws IllegalArgumentException if vectors of that version have another dimension
   */
  synchronized void search(
      String modelVersion, short[] vector, long from, long to, MatchVisitor visitor) {
    VectorWindow window = byVersion.get(modelVersion);
    if (window != null) {
      window.search(vector, settings.threshold(), from, to, visitor);
    }
  }

  /**
   * What a version's vectors are at this moment, and which versions there are.
   *
   * @return empty before {@link #open} and after {@link #shut}: what is here is not all of it
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
   * The greatest handles of texts whose id may be this one, the greatest first; some may be gone.
   *
   * @param before all are less
   * @param most how many at most, at least one
   * @return empty as {@link #view} is
   */
  synchronized Optional<long[]> handles(String id, long before, int most) {
    return open ? Optional.of(ids.find(IdIndex.hash(id), before, most)) : Optional.empty();
  }

  /**
   * Handles of some texts that have vectors of some versions.
   *
   * @param most how many at most
   */
  synchronized List<Long> handles(Predicate<String> versions, int most) {
    List<Long> handles = new ArrayList<>();
    byVersion.forEach(
        (version, window) -> {
          if (versions.test(version)) {
            Arrays.stream(window.handles(most - handles.size())).forEach(handles::add);
          }
        });
    return handles;
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

  /** The versions that there are vectors of. */
  synchronized Set<String> versions() {
    Set<String> versions = new TreeSet<>();
    byVersion.forEach(
        (version, window) -> {
          if (window.size() > 0) {
            versions.add(version);
          }
        });
    return versions;
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
