package io.sentencestreams.app.query;

import io.sentencestreams.app.window.Neighbour;
import java.util.List;
import java.util.Map;

/**
 * The texts nearest to a query.
 *
 * @param modelVersion version of the model of the query. While it takes over from another, texts
 *     that have no vector of it yet are found by the query's vector of the model before: each text
 *     says by which it was found
 * @param truncated whether the query's text had more tokens than the model takes
 * @param neighbours best first
 * @param notCompared how many vectors of other versions lie in the window, by version, which were
 *     not compared; a text that has a vector of a version that was is found by that
 * @param missing partitions that did not answer; none unless a partial answer was asked for
 */
public record Neighbours(
    String modelVersion,
    boolean truncated,
    List<Neighbour> neighbours,
    Map<String, Long> notCompared,
    List<MissingPartition> missing) {}
