package io.sentencestreams.app.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * What the stream threads were at, by samples of the Flight Recorder. A sample counts for the
 * innermost of its frames that one of the parts names.
 */
final class StreamThreadProfile implements AutoCloseable {
  private static final String SAMPLE = "jdk.ExecutionSample";
  private static final Duration PERIOD = Duration.ofMillis(10);
  private static final String OTHER = "the rest of Kafka Streams";

  /** A part and the class, or class and method, that it is told by. */
  private record Part(String name, String frame) {}

  private static final List<Part> PARTS =
      List.of(
          new Part("writing embeddings (JSON or Avro)", "schemas.EmbeddingJsonSerializer"),
          new Part("writing embeddings (JSON or Avro)", "schemas.EmbeddingAvroSerializer"),
          new Part("making the embedding's record", "schemas.EmbeddingRecord"),
          new Part("encoding in-flight entries", "schemas.InFlightCodec"),
          new Part("in-flight store", "topology.InFlightSlots"),
          new Part("reading and checking texts", "topology.TextReader"),
          new Part("metrics", "common.metrics.Sensor"),
          new Part("micro-batcher: submitting", "batch.MicroBatcher"),
          new Part("sending (the producer's buffer)", "processor.internals.RecordCollectorImpl"),
          new Part("validation and forwarding", "topology."),
          new Part("committing", "StreamThread.maybeCommit"),
          new Part("polling", "StreamThread.pollPhase"),
          new Part("polling", "StreamThread.pollRequests"));

  private final Recording recording;

  private StreamThreadProfile(Recording recording) {
    this.recording = recording;
  }

  static StreamThreadProfile begin() {
    Recording recording = new Recording();
    recording.enable(SAMPLE).withPeriod(PERIOD);
    recording.start();
    return new StreamThreadProfile(recording);
  }

  /** Ends the recording: shares of the samples on stream threads, the largest first. */
  Map<String, Double> shares() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    int all = 0;
    try {
      recording.stop();
      Path file = Files.createTempFile("sentence-streams", ".jfr");
      try {
        recording.dump(file);
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
          if (isOnStreamThread(event)) {
            counts.merge(part(event.getStackTrace().getFrames()), 1, Integer::sum);
            all++;
          }
        }
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the Flight Recorder's file could not be read", e);
    }
    int total = all;
    Map<String, Double> shares = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .forEach(count -> shares.put(count.getKey(), count.getValue() / (double) total));
    return shares;
  }

  private static boolean isOnStreamThread(RecordedEvent event) {
    if (!event.getEventType().getName().equals(SAMPLE) || event.getStackTrace() == null) {
      return false;
    }
    RecordedThread thread = event.getThread("sampledThread");
    String name = thread == null ? null : thread.getJavaName();
    return name != null && name.contains("-StreamThread-") && !name.startsWith("kafka-");
  }

  private static String part(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      String name = frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
      for (Part part : PARTS) {
        if (name.contains(part.frame())) {
          return part.name();
        }
      }
    }
    return OTHER;
  }

  @Override
  public void close() {
    recording.close();
  }
}
