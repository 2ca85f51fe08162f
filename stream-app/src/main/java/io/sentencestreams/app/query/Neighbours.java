package io.sentencestreams.app.query;

import io.sentencestreams.app.window.Neighbour;
import java.util.List;

/**
 * The texts nearest to a query.
 *
 * @param modelVersion version of the model of the query and of all neighbours
 * @param truncated whether the query's text had more tokens than the model takes
 * @param neighbours best first
 * @param missing partitions that did not answer; none unless a partial answer was asked for
 */
public record Neighbours(
    String modelVersion,
    boolean truncated,
    List<Neighbour> neighbours,
    List<MissingPartition> missing) {}
