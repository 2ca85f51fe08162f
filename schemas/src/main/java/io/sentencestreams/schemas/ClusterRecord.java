package io.sentencestreams.schemas;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A cluster of texts, as of its latest change.
 *
 * @param id names it for as long as it lives, and is never given twice
 * @param state whether it lives, and if not, how it ended
 * @param mergedInto the cluster that most of it went into if its state is {@link State#MERGED},
 *     else null
 * @param modelVersion version of the model that made the embeddings
 * @param size texts in it, not faded
 * @param weight texts in it, each faded by its age
 * @param timeMillis event time that the weight is faded to, milliseconds since the epoch
 * @param terms words that tell it from the other clusters, most telling first
 * @param representatives typical texts, most typical first
 * @param firstSeenMillis event time of its earliest text
 * @param lastSeenMillis event time of its latest text
 * @param parents clusters that it took in, or the one that it split from
 * @param centroid weighted mean of the unit vectors of its texts; handed over, not copied
 */
public record ClusterRecord(
    String id,
    State state,
    String mergedInto,
    String modelVersion,
    long size,
    double weight,
    long timeMillis,
    List<String> terms,
    List<Text> representatives,
    long firstSeenMillis,
    long lastSeenMillis,
    List<String> parents,
    float[] centroid) {

  /** What has become of a cluster. */
  public enum State {
    /** It lives. */
    ACTIVE,
    /** It is no more: too little of it is left. */
    FADED,
    /** It is no more: most of it went into another. */
    MERGED
  }

  /**
   * A typical text.
   *
   * @param id as in its embedding
   * @param text its words, or their beginning where they are many
   * @param similarity cosine to the texts around it when it came
   * @param eventTimeMillis timestamp of its record, milliseconds since the epoch
   */
  public record Text(String id, String text, float similarity, long eventTimeMillis) {
    public Text {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * Checks that all is there, and that a cluster that was merged says into which.
   *
   * @throws IllegalArgumentException if {@code mergedInto} does not go with the state
   */
  public ClusterRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(modelVersion, "modelVersion");
    Objects.requireNonNull(centroid, "centroid");
    terms = List.copyOf(terms);
    representatives = List.copyOf(representatives);
    parents = List.copyOf(parents);
    if ((state == State.MERGED) != (mergedInto != null)) {
      throw new IllegalArgumentException(
          "cluster %s is %s and merged into %s".formatted(id, state, mergedInto));
    }
  }

  /**
   * The same cluster at its end.
   *
   * @param into the cluster that it was merged into, or null if it faded
   * @param end event time of the end
   */
  public ClusterRecord ended(String into, long end) {
    return new ClusterRecord(
        id,
        into == null ? State.FADED : State.MERGED,
        into,
        modelVersion,
        size,
        weight,
        end,
        terms,
        representatives,
        firstSeenMillis,
        lastSeenMillis,
        parents,
        centroid);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClusterRecord that
        && id.equals(that.id)
        && state == that.state
        && Objects.equals(mergedInto, that.mergedInto)
        && modelVersion.equals(that.modelVersion)
        && size == that.size
        && Double.compare(weight, that.weight) == 0
        && timeMillis == that.timeMillis
        && terms.equals(that.terms)
        && representatives.equals(that.representatives)
        && firstSeenMillis == that.firstSeenMillis
        && lastSeenMillis == that.lastSeenMillis
        && parents.equals(that.parents)
        && Arrays.equals(centroid, that.centroid);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, state, modelVersion, size, timeMillis, Arrays.hashCode(centroid));
  }

  /** Names the cluster without its texts, which may be confidential, and without its centroid. */
  @Override
  public String toString() {
    return "ClusterRecord[id=%s, state=%s, size=%d, weight=%.1f, parents=%s]"
        .formatted(id, state, size, weight, parents);
  }
}
