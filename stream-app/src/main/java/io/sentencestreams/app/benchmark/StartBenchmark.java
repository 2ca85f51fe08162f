package io.sentencestreams.app.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.demo.StartAccount.Moment;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * From the launch of a JVM to the first embedding that a read-committed consumer has, by parts: the
 * demo is started again and again, in a process of its own each time.
 */
public final class StartBenchmark {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What ends at a moment; the parts follow each other. */
  private static final Map<Moment, String> PARTS = new LinkedHashMap<>();

  static {
    PARTS.put(Moment.JVM, "the JVM's own start");
    PARTS.put(Moment.COMMAND, "command line");
    PARTS.put(Moment.BROKER, "embedded broker");
    PARTS.put(Moment.TOPICS, "creation of the topics");
    PARTS.put(Moment.MODEL, "waiting for the model");
    PARTS.put(Moment.CHECKED, "check of the cluster");
    PARTS.put(Moment.BUILT, "encoder's check, topology");
    PARTS.put(Moment.RUNNING, "joining the group, assignment");
    PARTS.put(Moment.FORWARDED, "first batch");
    PARTS.put(Moment.READ, "commit, and the consumer's reading");
  }

  private StartBenchmark() {}

  /**
   * Milliseconds, medians over the rounds.
   *
   * @param rounds starts that were timed
   * @param firstEmbedding from the launch to the first embedding at a consumer
   * @param parts what that is spent on, in order
   * @param model loading of the model, which goes on beside broker and topics
   */
  public record Report(
      int rounds, double firstEmbedding, Map<String, Double> parts, double model) {}

  /**
   * Starts the demo so many times.
   *
   * @param input a file with a text
   * @param progress told of each round as it begins
   */
  public static Report run(int rounds, Path input, IntConsumer progress) {
    List<Double> first = new ArrayList<>();
    List<Double> model = new ArrayList<>();
    Map<String, List<Double>> parts = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      progress.accept(round);
      long launch = System.currentTimeMillis();
      JsonNode moments = start(input);
      double last = launch;
      for (Map.Entry<Moment, String> part : PARTS.entrySet()) {
        double moment = moments.get(part.getKey().name()).asDouble();
        parts.computeIfAbsent(part.getValue(), name -> new ArrayList<>()).add(moment - last);
        last = moment;
      }
      first.add(last - launch);
      model.add(
          moments.get(Moment.MODEL_LOADED.name()).asDouble()
              - moments.get(Moment.COMMAND.name()).asDouble());
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    parts.forEach((part, values) -> medians.put(part, Medians.median(values)));
    return new Report(rounds, Medians.median(first), medians, Medians.median(model));
  }

  private static JsonNode start(Path input) {
    try (ChildJvm demo =
        ChildJvm.start(
            List.of("demo", "--input", input.toString(), "--exit-when-done", "--start-account"))) {
      String line = demo.line();
      while (!line.startsWith("{")) {
        line = demo.line();
      }
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("the demo's account of its start cannot be read", e);
    }
  }
}
