package io.sentencestreams.app.query;

import java.util.List;
import java.util.Map;

/**
 * What partitions answered.
 *
 * @param byPartition answers
 * @param missing the others
 */
record Answers<A>(Map<Integer, A> byPartition, List<MissingPartition> missing) {}
