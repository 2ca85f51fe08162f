package io.sentencestreams.schemas;

import java.util.Arrays;
import java.util.Objects;

/**
 * One embedding, as it is written to the topic of embeddings.
 *
 * @param id identifies the text
 * @param vector one finite value per dimension; handed over, not copied
 * @param model name of the model that made the vector
 * @param modelVersion version of that model; only vectors of one version are comparable
 * @param tokens tokens the model read, special tokens included, after truncation
 * @param truncated whether the text was longer than the model reads, so that its end was cut off
 * @param topic topic the text was read from
 * @param partition partition of that topic
 * @param offset offset in that partition
 * @param eventTimeMillis timestamp of the text record, milliseconds since the epoch
 * @param text the text itself where it was asked for, else null
 */
public record EmbeddingRecord(
    String id,
    float[] vector,
    String model,
    String modelVersion,
    int tokens,
    boolean truncated,
    String topic,
    int partition,
    long offset,
    long eventTimeMillis,
    String text) {

  /**
   * Checks that everything but the text is there and that the vector is finite: JSON cannot carry
   * NaN or an infinity, and no reader could use a vector that holds one.
   *
   * @throws IllegalArgumentException if a value of the vector is NaN or infinite
   */
  public EmbeddingRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(vector, "vector");
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(modelVersion, "modelVersion");
    Objects.requireNonNull(topic, "topic");
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IllegalArgumentException(
            "vector[%d] of the embedding of %s-%d@%d by model %s is %s, and only finite values can be compared or written"
                .formatted(i, topic, partition, offset, model, vector[i]));
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EmbeddingRecord that
        && id.equals(that.id)
        && Arrays.equals(vector, that.vector)
        && model.equals(that.model)
        && modelVersion.equals(that.modelVersion)
        && tokens == that.tokens
        && truncated == that.truncated
        && topic.equals(that.topic)
        && partition == that.partition
        && offset == that.offset
        && eventTimeMillis == that.eventTimeMillis
        && Objects.equals(text, that.text);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, topic, partition, offset, modelVersion, Arrays.hashCode(vector));
  }

  /** Names the embedding without its text, which may be confidential, and without its values. */
  @Override
  public String toString() {
    return "EmbeddingRecord[id=%s, dimension=%d, model=%s, modelVersion=%s, source=%s-%d@%d]"
        .formatted(id, vector.length, model, modelVersion, topic, partition, offset);
  }
}
