package io.sentencestreams.app.topology;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * A store that holds nothing and tells its task's processor that a commit has completed.
 *
 * <p>The callback runs after the producer was flushed and the offsets were committed, and nothing
 * is processed in between (read in 4.3.1: {@code StreamTask.postCommit}). Under exactly-once it
 * does not run at each commit; under at-least-once, where it is needed, it does.
 */
public final class CommitSignal implements StateStore {
  private final String name;
  private boolean open;
  private long commits;

  private CommitSignal(String name) {
    this.name = name;
  }

  /** Commits completed since the task was opened; read on the stream thread only. */
  public long commits() {
    return commits;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    context.register(root, (key, value) -> {}, () -> commits++);
    open = true;
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    // Nothing to write: the callback registered above is the point.
  }

  @Override
  public void close() {
    open = false;
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  /** Builds a signal for each task; it has no changelog. */
  public static StoreBuilder<CommitSignal> builder(String name) {
    return new Builder(name);
  }

  private record Builder(String name) implements StoreBuilder<CommitSignal> {
    @Override
    public StoreBuilder<CommitSignal> withCachingEnabled() {
      throw new UnsupportedOperationException("a commit signal holds nothing to cache");
    }

    @Override
    public StoreBuilder<CommitSignal> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<CommitSignal> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException("a commit signal holds nothing to log");
    }

    @Override
    public StoreBuilder<CommitSignal> withLoggingDisabled() {
      return this;
    }

    @Override
    public CommitSignal build() {
      return new CommitSignal(name);
    }

    @Override
    public Map<String, String> logConfig() {
      return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
      return false;
    }
  }
}
