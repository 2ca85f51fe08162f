package io.sentencestreams.model.profiling;

import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Where the time of an encoder goes, by the engine's own record of its operators. */
public final class OperatorProfile {
  /** Beyond this, in microseconds, two operators that follow one another do not overlap. */
  private static final double ROUNDING = 1e-3;

  private OperatorProfile() {}

  /** What an operator is for. */
  public enum Part {
    /** Linear layers, with the activation and the residual where they are fused with it. */
    LINEAR,
    /** Scaled dot-product attention. */
    ATTENTION,
    /** Layer normalization. */
    LAYER_NORM,
    /** The activation of the feed-forward part, where it is not fused. */
    ACTIVATION,
    /** Embedding look-ups, residuals, copies, views and pooling. */
    OTHER;

    static Part of(String operator) {
      return switch (operator.substring(operator.indexOf("::") + 2)) {
        case "linear",
            "_linear_pointwise",
            "linear_with_input_q_dq_qweight_dq_output_fp32",
            "qlinear_pointwise",
            "addmm" ->
            LINEAR;
        case "scaled_dot_product_attention" -> ATTENTION;
        case "layer_norm" -> LAYER_NORM;
        case "gelu", "relu_" -> ACTIVATION;
        default -> OTHER;
      };
    }
  }

  private record Event(long thread, double start, double duration, Part part) {}

  /**
   * Does work and says how long its operators took. One profile at a time in a process.
   *
   * @param work what to do on the calling thread; operators of other threads are not seen
   * @return seconds in the operators of each part; an operator that another one calls counts as
   *     that one's
   * @throws UncheckedIOException if the engine's record cannot be written to the temporary folder
   */
  public static Map<Part, Double> of(Runnable work) {
    try {
      Path trace = Files.createTempFile("operators", ".json");
      try {
        JniUtils.startProfile(false, false, false);
        try {
          work.run();
        } finally {
          JniUtils.stopProfile(trace.toString());
        }
        return sum(new ObjectMapper().readTree(Files.readAllBytes(trace)));
      } finally {
        Files.delete(trace);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Part, Double> sum(JsonNode trace) {
    List<Event> events = new ArrayList<>();
    for (JsonNode event : trace) {
      String name = event.path("name").asText();
      // The methods of our script are in the record too; only what has a namespace is an operator.
      if (event.path("ph").asText().equals("X") && name.contains("::")) {
        events.add(
            new Event(
                event.path("tid").asLong(),
                event.path("ts").asDouble(),
                event.path("dur").asDouble(),
                Part.of(name)));
      }
    }
    events.sort(
        Comparator.comparingLong(Event::thread)
            .thenComparingDouble(Event::start)
            .thenComparing(Comparator.comparingDouble(Event::duration).reversed()));
    Map<Part, Double> seconds = new EnumMap<>(Part.class);
    long thread = -1;
    double end = 0;
    for (Event event : events) {
      if (event.thread() != thread || event.start() >= end - ROUNDING) {
        thread = event.thread();
        end = event.start() + event.duration();
        seconds.merge(event.part(), event.duration() / 1e6, Double::sum);
      }
    }
    return seconds;
  }
}
