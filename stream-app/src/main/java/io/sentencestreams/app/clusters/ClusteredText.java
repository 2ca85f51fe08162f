package io.sentencestreams.app.clusters;

import io.sentencestreams.app.window.WindowText;

/**
 * A text of the window and its cluster.
 *
 * @param id as in its embedding; several texts may have it
 * @param source the record it was read from, which tells it from all others
 * @param eventTime milliseconds since the epoch
 * @param modelVersion version of the model that embedded it, and of its cluster
 * @param text its words, or the first 1,000 characters of them
 * @param cluster the one that its micro-cluster is in now; null for noise. Where that micro-cluster
 *     is gone, the one that the text was told when it came
 * @param provisional whether the topic of clusters does not have this cluster yet
 * @param similarity as it was told when the text came
 */
public record ClusteredText(
    String id,
    WindowText.Source source,
    long eventTime,
    String modelVersion,
    String text,
    String cluster,
    boolean provisional,
    float similarity) {
  /** The same in another cluster, such as the one that its own was merged into. */
  public ClusteredText in(String other) {
    return new ClusteredText(
        id, source, eventTime, modelVersion, text, other, provisional, similarity);
  }
}
