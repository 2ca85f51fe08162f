package io.sentencestreams.app.query;

import io.sentencestreams.app.window.WindowText;
import java.util.List;

/**
 * The texts of the window with an id.
 *
 * @param id that was asked for
 * @param texts the latest first
 * @param more whether there are more than were asked for
 * @param missing partitions that did not answer; none unless a partial answer was asked for
 */
public record TextsOfId(
    String id, List<WindowText> texts, boolean more, List<MissingPartition> missing) {}
