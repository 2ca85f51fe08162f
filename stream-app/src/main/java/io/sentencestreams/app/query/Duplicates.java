package io.sentencestreams.app.query;

import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.WindowText;
import java.util.List;

/**
 * The near-duplicates of a text in the window.
 *
 * @param text the latest with the id that was asked for
 * @param earlierTexts whether earlier texts in the window have that id too
 * @param group of near-duplicates that it is in, as on the topic of duplicates; null: none, or the
 *     partition that knows is missing
 * @param duplicates texts of the window that make a pair with it, the most similar first
 * @param more whether there are more than were asked for
 * @param missing partitions that did not answer; none unless a partial answer was asked for
 */
public record Duplicates(
    WindowText text,
    boolean earlierTexts,
    String group,
    List<Neighbour> duplicates,
    boolean more,
    List<MissingPartition> missing) {}
