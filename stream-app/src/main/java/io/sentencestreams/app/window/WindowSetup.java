package io.sentencestreams.app.window;

import io.sentencestreams.app.StreamStartException;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.schemas.DuplicateSerdes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.metrics.Metrics;

/** Makes the window that a configuration asks for. */
public final class WindowSetup {
  /** What a text takes in memory besides its vector's components, with room for the indexes. */
  private static final int BYTES_PER_VECTOR = 192;

  /** How much of the heap the window may take when it is full. */
  private static final double SHARE_OF_HEAP = 0.7;

  private static final String ANCHORS = "anchors.txt";

  private WindowSetup() {}

  /**
   * The window, or null where the configuration wants none.
   *
   * @param dimension of the model's vectors
   * @param encode encodes texts, with the model of the stream
   * @param maxBytes of a record on the window's topics
   * @param exactlyOnce whether that is the guarantee
   * @param succession of models, or null where the model stays
   * @throws StreamStartException if it would not fit the memory, with the arithmetic
   */
  public static WindowTopology of(
      AppConfig config,
      int dimension,
      Function<List<String>, float[][]> encode,
      long maxBytes,
      boolean exactlyOnce,
      Succession succession,
      Metrics metrics) {
    if (config.duplicatesTopic().isEmpty()) {
      return null;
    }
    checkMemory(config, dimension, Runtime.getRuntime().maxMemory());
    int partitions = config.windowPartitions();
    ContentRouter router = router(partitions, config.duplicatesThreshold(), dimension, encode);
    WindowSettings settings =
        new WindowSettings(
            config.window(),
            config.windowGrace(),
            config.windowIdle(),
            exactlyOnce,
            config.duplicatesThreshold(),
            dimension,
            router,
            partitions,
            config.windowPartitionMaxRecords(),
            config.duplicatesMaxPairs(),
            config.duplicatesMaxPairsPerSecond(),
            maxBytes,
            config.duplicatesTopic().get(),
            config.uniqueTopic().orElse(null),
            () -> DuplicateSerdes.serializer(config.originals()));
    return new WindowTopology(settings, new WindowMetrics(metrics), succession);
  }

  /**
   * The router that each instance makes for itself, alike but for the rounding of its encoder.
   *
   * @param threshold least cosine of texts that must meet
   * @param dimension of the model's vectors
   * @param encode encodes texts, with the model of the stream
   */
  public static ContentRouter router(
      int partitions, float threshold, int dimension, Function<List<String>, float[][]> encode) {
    float[][] anchors =
        partitions == 1 ? anyAnchor(dimension) : comparable(encode.apply(anchorTexts()));
    return new ContentRouter(anchors, partitions, threshold);
  }

  /** One instance may come to own all partitions, if the others are gone. */
  static void checkMemory(AppConfig config, int dimension, long heap) {
    long each = (long) Short.BYTES * dimension + BYTES_PER_VECTOR;
    // While a model takes over from another, texts have vectors of both.
    int versions = config.releasesTopic().isPresent() ? 2 : 1;
    long needed = each * config.windowPartitionMaxRecords() * config.windowPartitions() * versions;
    long available = (long) (heap * SHARE_OF_HEAP);
    if (needed > available) {
      throw new StreamStartException(
          List.of(
              "%s: %,d partitions of %,d texts of %,d bytes (%d dimensions of 2 bytes, and %d)%s take %,d MB, and this process may have a heap of %,d MB, of which the window may take %.0f %%; lower %s, or raise -Xmx (SENTENCE_STREAMS_OPTS=-Xmx%dm)"
                  .formatted(
                      AppConfig.WINDOW_PARTITION_MAX_RECORDS,
                      config.windowPartitions(),
                      config.windowPartitionMaxRecords(),
                      each,
                      dimension,
                      BYTES_PER_VECTOR,
                      versions == 1 ? "" : ", of two models while one takes over from the other,",
                      needed >> 20,
                      heap >> 20,
                      100 * SHARE_OF_HEAP,
                      AppConfig.WINDOW_PARTITION_MAX_RECORDS,
                      1 + ((long) (needed / SHARE_OF_HEAP) >> 20))));
    }
  }

  /**
   * Short texts of all kinds, whose embeddings are where routing divides the model's space. All
   * instances must divide it alike, so they are part of the program.
   */
  private static List<String> anchorTexts() {
    try (InputStream in = WindowSetup.class.getResourceAsStream(ANCHORS)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it lies beside this class
    }
  }

  /** There is nothing to divide. */
  private static float[][] anyAnchor(int dimension) {
    float[] anchor = new float[dimension];
    anchor[0] = 1;
    return new float[][] {anchor};
  }

  private static float[][] comparable(float[][] anchors) {
    return Arrays.stream(anchors)
        .filter(anchor -> !FixedPointVector.isZero(anchor))
        .toArray(float[][]::new);
  }
}
