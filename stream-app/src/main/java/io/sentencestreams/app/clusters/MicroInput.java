package io.sentencestreams.app.clusters;

/** What comes to the micro-clusters of a partition. */
sealed interface MicroInput permits EmbeddedText, ModelPart {}
