package io.sentencestreams.app.window;

import io.sentencestreams.app.batch.Outcome;
import java.util.concurrent.CompletableFuture;

/** What the window's tasks need to know of models that take over from each other. Thread-safe. */
public interface Succession {
  /**
   * The version that this process encodes with, if it is the one that all instances shall encode
   * with; else null, and nothing is encoded again.
   */
  String current();

  /** Whether a version was the current one before. */
  boolean isSuperseded(String modelVersion);

  /**
   * Whether all partitions of the window have committed that each of their texts has a vector of a
   * version, or that a copy with one is on its way.
   */
  boolean isSettled(String modelVersion);

  /** Encodes a text with the current model, when there is time. */
  CompletableFuture<Outcome> encode(String text);
}
