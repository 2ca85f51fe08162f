package io.sentencestreams.schemas.releases;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the records of the topic of releases say, read in order. Since the newest record of each key
 * is kept, a topic that was compacted says the same as before. For one thread.
 */
public final class ReleaseLog {
  private final Map<String, ReleaseRecord> releases = new LinkedHashMap<>();
  private String newest;
  private String pinned;

  /** Takes the next record. */
  public void add(ReleaseRecord record) {
    switch (record.action()) {
      case RELEASE -> {
        releases.remove(record.version()); // released again, it is the newest again
        releases.put(record.version(), record);
        newest = record.version();
      }
      case ROLLBACK -> newest = record.version();
      case PIN -> pinned = record.version();
      case UNPIN -> pinned = null;
    }
  }

  /** The version that instances use: the pinned one, or the newest; empty if there is none. */
  public Optional<String> current() {
    return Optional.ofNullable(pinned == null ? newest : pinned);
  }

  /** The version that was released, or gone back to, last. */
  public Optional<String> newest() {
    return Optional.ofNullable(newest);
  }

  /** The version that is pinned. */
  public Optional<String> pinned() {
    return Optional.ofNullable(pinned);
  }

  /** The release of a version. */
  public Optional<ReleaseRecord> release(String version) {
    return Optional.ofNullable(releases.get(version));
  }

  /** All releases, the oldest first. */
  public List<ReleaseRecord> releases() {
    return List.copyOf(releases.values());
  }
}
