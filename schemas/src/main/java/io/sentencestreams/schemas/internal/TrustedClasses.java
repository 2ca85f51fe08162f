package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.avro.Cluster;
import io.sentencestreams.schemas.avro.ClusterAssignment;
import io.sentencestreams.schemas.avro.ClusterState;
import io.sentencestreams.schemas.avro.ClusterText;
import io.sentencestreams.schemas.avro.Duplicate;
import io.sentencestreams.schemas.avro.DuplicateText;
import io.sentencestreams.schemas.avro.Embedding;
import io.sentencestreams.schemas.avro.LabelledSentence;
import io.sentencestreams.schemas.avro.NliPair;
import io.sentencestreams.schemas.avro.PositiveExample;
import io.sentencestreams.schemas.avro.ScoredPair;
import io.sentencestreams.schemas.avro.Source;
import org.apache.avro.util.ClassSecurityValidator;

/**
 * Avro looks at a generated class only where the process trusts it, and a serializer that writes
 * one must look. Ours are plain data, so they are added to whatever the process trusts already.
 */
final class TrustedClasses {
  private static boolean added;

  private TrustedClasses() {}

  static synchronized void add() {
    if (!added) {
      ClassSecurityValidator.setGlobal(
          ClassSecurityValidator.composite(
              ClassSecurityValidator.getGlobal(),
              ClassSecurityValidator.builder()
                  .add(Embedding.class)
                  .add(Source.class)
                  .add(Duplicate.class)
                  .add(DuplicateText.class)
                  .add(Cluster.class)
                  .add(ClusterState.class)
                  .add(ClusterText.class)
                  .add(ClusterAssignment.class)
                  .add(ScoredPair.class)
                  .add(NliPair.class)
                  .add(PositiveExample.class)
                  .add(LabelledSentence.class)
                  .build()));
      added = true;
    }
  }
}
