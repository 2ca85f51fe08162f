package io.sentencestreams.app.query;

import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.WindowText;
import java.util.List;
import java.util.Map;

/**
 * The near-duplicates of a text in the window.
 *
 * @param text the latest with the id that was asked for
 * @param earlierTexts whether earlier texts in the window have that id too
 * @param group of near-duplicates that it is in, as on the topic of duplicates; null: none, or the
 *     partition that knows is missing
 * @param duplicates texts of the window that make a pair with it, the most similar first
 * @param more whether there are more than were asked for
 * @param notCompared as of {@link Neighbours}
 * @param missing partitions that did not answer; none unless a partial answer was asked for
 */
public record Duplicates(
    WindowText text,
    boolean earlierTexts,
    String group,
    List<Neighbour> duplicates,
    boolean more,
    Map<String, Long> notCompared,
    List<MissingPartition> missing) {}
