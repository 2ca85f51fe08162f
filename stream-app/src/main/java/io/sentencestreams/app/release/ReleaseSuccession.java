package io.sentencestreams.app.release;

import io.sentencestreams.app.batch.BackgroundEncoder;
import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.window.Succession;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The models of a topic of releases, as {@link ReleaseFollower} has seen them. */
public final class ReleaseSuccession implements Succession, AutoCloseable {
  private static final char SEPARATOR = '-';

  private final int partitions;
  private final BackgroundEncoder background;
  private final Map<Integer, String> settled = new ConcurrentHashMap<>();
  private volatile View view = new View(null, Set.of());

  /**
   * What is known of versions.
   *
   * @param current the version that runs here and shall run everywhere, or null
   * @param models all that were ever released, as {@link #model} names them
   */
  private record View(String current, Set<String> models) {}

  /**
   * Nothing is known yet.
   *
   * @param partitions of the window
   * @param background owned
   */
  public ReleaseSuccession(int partitions, BackgroundEncoder background) {
    this.partitions = partitions;
    this.background = background;
  }

  /** What a version is called without the precision that it is computed in. */
  static String model(String modelVersion) {
    int end = modelVersion.indexOf(SEPARATOR);
    return end < 0 ? modelVersion : modelVersion.substring(0, end);
  }

  /**
   * Says what is known now.
   *
   * @param current the version that runs here if it is the one that shall, else null
   * @param versions further ones that were current at some time
   */
  void know(String current, Set<String> versions) {
    Set<String> models = new HashSet<>(view.models());
    versions.forEach(version -> models.add(model(version)));
    view = new View(current, models);
  }

  /** A partition of the window has settled on a version. */
  void settled(int partition, String modelVersion) {
    settled.put(partition, modelVersion);
  }

  /** The versions that partitions have settled on. */
  Set<String> settledVersions() {
    return Set.copyOf(settled.values());
  }

  @Override
  public String current() {
    return view.current();
  }

  @Override
  public boolean isSuperseded(String modelVersion) {
    View now = view;
    String model = model(modelVersion);
    return now.current() != null
        && now.models().contains(model)
        && !model.equals(model(now.current()));
  }

  @Override
  public boolean isSettled(String modelVersion) {
    return settled.size() == partitions && settled.values().stream().allMatch(modelVersion::equals);
  }

  @Override
  public CompletableFuture<Outcome> encode(String text) {
    return background.submit(text);
  }

  @Override
  public void close() {
    background.close();
  }
}
