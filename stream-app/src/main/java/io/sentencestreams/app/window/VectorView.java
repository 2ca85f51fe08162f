package io.sentencestreams.app.window;

import io.sentencestreams.model.window.WindowSnapshot;
import java.util.Map;

/**
 * A partition's vectors at one moment.
 *
 * @param vectors those of the version that was asked for
 * @param versions how many there are of each version
 */
record VectorView(WindowSnapshot vectors, Map<String, Long> versions) {}
