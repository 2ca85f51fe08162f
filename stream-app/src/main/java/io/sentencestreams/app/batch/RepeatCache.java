package io.sentencestreams.app.batch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/**
 * Embeddings of the texts that come most often or came last, so that an exact repeat is not encoded
 * again. What another version of the model made is never returned. Thread-safe.
 */
final class RepeatCache {
  /** What an entry takes besides its text and vector: seven objects and their fields. */
  private static final int ENTRY_BYTES = 240;

  private final Cache<Key, Outcome.Encoded> cache;
  private final boolean on;

  private record Key(String text, String versions) {}

  /**
   * An empty cache.
   *
   * @param maxBytes memory that it may take; 0: it keeps nothing
   */
  RepeatCache(long maxBytes) {
    this.on = maxBytes > 0;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher(RepeatCache::bytes)
            .executor(Runnable::run) // evictions are cheap, and no thread is left behind
            .build();
  }

  private static int bytes(Key key, Outcome.Encoded encoded) {
    int vectors = encoded.older() == null ? 1 : 2;
    long bytes =
        ENTRY_BYTES
            + (long) Character.BYTES * key.text().length()
            + (long) Float.BYTES * encoded.vector().length * vectors;
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /** Whether anything is kept. */
  boolean isOn() {
    return on;
  }

  /**
   * What the models of some versions made of a text; null if that is not known.
   *
   * @param versions as {@link Outcome.Encoded#versions()}
   */
  Outcome.Encoded get(String text, String versions) {
    return on ? cache.getIfPresent(new Key(text, versions)) : null;
  }

  void put(String text, Outcome.Encoded encoded) {
    if (on) {
      cache.put(new Key(text, encoded.versions()), encoded);
    }
  }

  /** Texts in the cache, about. */
  long size() {
    return cache.estimatedSize();
  }
}
