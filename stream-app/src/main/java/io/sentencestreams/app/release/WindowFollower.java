package io.sentencestreams.app.release;

import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.releases.ReleaseLog;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the window's tasks which model is current, and lets the one before encode beside it until
 * they have followed. For one thread.
 */
final class WindowFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WindowFollower.class);

  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private final StreamsApp app;
  private final ReleaseSuccession succession;
  private final SettledVersions settled;
  private final ReleaseLog log;
  private final Loader loader;
  private final Duration retry;

  /** The stream's own model. */
  private final String base;

  private boolean tried;
  private Duration pause;
  private long triedNanos;
  private String problem;

  /** Loads a release in the stream's precision. */
  @FunctionalInterface
  interface Loader {
    BatchEncoder load(String digest) throws IOException;
  }

  /**
   * Follows the window of a stream that has one and has not started.
   *
   * @param settled owned
   * @param log of the releases, as far as it was read
   * @param retry after how long a model that did not load is tried again
   */
  WindowFollower(
      StreamsApp app,
      ReleaseSuccession succession,
      SettledVersions settled,
      ReleaseLog log,
      Loader loader,
      Duration retry) {
    this.app = app;
    this.succession = succession;
    this.settled = settled;
    this.log = log;
    this.loader = loader;
    this.retry = retry;
    this.base = app.modelVersion();
  }

  /**
   * A process that ends while the window follows a swap goes on with both models.
   *
   * @param refused digest of the release that is current and does not run here, or null
   */
  void start(String refused) {
    settled.readToEnd();
    turn(refused);
    Optional<String> before = before(null);
    if (before.isPresent() && !before.equals(app.olderModelVersion())) {
      resume(before.get());
    }
  }

  /**
   * Frees the model before when the window has followed. Brings it back until then: an encoder that
   * is loaded again after a fault is alone.
   *
   * @param refused as above
   */
  void follow(String refused) {
    turn(refused);
    if (app.olderModelVersion().isEmpty()
        && app.encoderProblem().isEmpty()
        && !succession.isSettled(app.modelVersion())
        && (!tried || System.nanoTime() - triedNanos >= pause.toNanos())) {
      before(refused).ifPresent(this::resume);
    }
  }

  private void turn(String refused) {
    Set<String> known = new HashSet<>(Set.of(base));
    versions().forEach(version -> known.add(ReleaseFollower.start(version)));
    succession.know(refused == null ? app.modelVersion() : null, known);
    settled.poll();
    if (refused == null
        && app.olderModelVersion().isPresent()
        && succession.isSettled(app.modelVersion())) {
      app.dropOlderEncoder();
      tried = false;
      LOG.info("The window has followed to version {}", app.modelVersion());
    }
  }

  /** Another version that partitions of the window have settled on, but of the refused release. */
  private Optional<String> before(String refused) {
    String current = app.modelVersion();
    return succession.settledVersions().stream()
        .filter(version -> !version.isEmpty() && !version.equals(current))
        .filter(
            version ->
                refused == null
                    || !ReleaseSuccession.model(version).equals(ReleaseFollower.start(refused)))
        .findFirst();
  }

  private void resume(String before) {
    // Ever longer: it may be for want of memory that the two cannot run beside each other.
    if (!tried) {
      pause = retry;
    } else if (pause.compareTo(LONGEST_PAUSE) < 0) {
      pause = pause.multipliedBy(2);
    }
    tried = true;
    try {
      app.keepOlderEncoder(loader.load(digest(before)));
      problem = null;
      LOG.info(
          "Version {} encodes beside {} until the window has followed", before, app.modelVersion());
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      if (!e.toString().equals(problem)) {
        LOG.warn(
            "Version {} does not load, and is tried again: until it does or the window has"
                + " followed, some duplicates of its texts are found when those are encoded again,"
                + " and not at once",
            before,
            e);
      }
      problem = e.toString();
    }
    triedNanos = System.nanoTime();
  }

  private String digest(String modelVersion) throws IOException {
    String model = ReleaseSuccession.model(modelVersion);
    return versions().stream()
        .filter(version -> version.startsWith(model))
        .findFirst()
        .orElseThrow(() -> new IOException("no release is of version " + modelVersion));
  }

  /** All digests that the log speaks of. */
  private Set<String> versions() {
    Set<String> versions = new HashSet<>();
    for (ReleaseRecord release : log.releases()) {
      versions.add(release.version());
      if (release.parent() != null) {
        versions.add(release.parent());
      }
    }
    log.newest().ifPresent(versions::add);
    log.pinned().ifPresent(versions::add);
    return versions;
  }

  /** Ends a call that another thread is in; this alone may be called by any. */
  void wakeup() {
    settled.wakeup();
  }

  @Override
  public void close() {
    settled.close();
  }
}
