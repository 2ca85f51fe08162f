package io.sentencestreams.tests.crash;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Data and configuration of training runs on a tiny model, and what they leave. */
final class TrainingFolder {
  private static final String SCORED =
      """
      the cat sits\ta cat sits on the mat\t4.5
      two red dogs\tkafka streams of text\t0.5
      the stream is fast\tthe topic is slow\t2
      a dog\ttwo dogs, three cats\t3
      kafka topic\ttopic of kafka\t4
      blue mat\tfast stream\t0
      three cats\tthree dogs\t2.5
      text is embedded\tthe mat is red\t1
      slow cat\ta slow cat\t5
      red text\tblue text\t1.5
      """;

  private static final String NLI =
      """
      sentence1\tsentence2\tgold_label
      the cat sits\ta cat\tentailment
      the cat sits\ttwo dogs\tcontradiction
      a fast stream\tthe stream is fast\tentailment
      a fast stream\tthe stream is slow\tcontradiction
      red mat\tblue mat\tcontradiction
      red mat\ta mat\tentailment
      the topic\ttext is on a topic\tneutral
      """;

  private final Path folder;
  private final Map<String, String> properties = new TreeMap<>();

  /** Two tasks, one with a classifier, dropout, and a validation that chooses the model. */
  TrainingFolder(Path folder) throws IOException {
    this.folder = folder;
    Path scored = Files.writeString(folder.resolve("scored.tsv"), SCORED);
    Path nli = Files.writeString(folder.resolve("nli.tsv"), NLI);
    Path model =
        Path.of(System.getProperty("sentencestreams.root"), "model/src/test/resources/golden/mean");
    properties.put("model", model.toString());
    properties.put("tasks", "sts,nli");
    properties.put("task.sts.data", scored.toString());
    properties.put("task.sts.format", "sts");
    properties.put("task.sts.loss", "cosent");
    properties.put("task.sts.batch.size", "3");
    properties.put("task.nli.data", nli.toString());
    properties.put("task.nli.format", "nli");
    properties.put("task.nli.loss", "softmax");
    properties.put("task.nli.batch.size", "2");
    properties.put("validation.file", scored.toString());
    properties.put("learning.rate", "0.001");
    properties.put("threads", "1");
  }

  TrainingFolder with(String key, int value) {
    properties.put(key, Integer.toString(value));
    return this;
  }

  /** Writes the configuration of a run into a folder. */
  Path config(String name, Path output) throws IOException {
    Map<String, String> all = new TreeMap<>(properties);
    all.put("output.folder", output.toString());
    String lines =
        all.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
            .collect(Collectors.joining());
    return Files.writeString(folder.resolve(name + ".properties"), lines);
  }

  static byte[] weights(Path output) throws IOException {
    return Files.readAllBytes(output.resolve("model/model.safetensors"));
  }

  static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  /** Step of the newest checkpoint; 0 if there is none. */
  static long lastCheckpoint(Path output) throws IOException {
    Path checkpoints = output.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return 0;
    }
    try (Stream<Path> all = Files.list(checkpoints)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("step-"))
          .map(name -> Long.valueOf(name.substring("step-".length())))
          .max(Comparator.naturalOrder())
          .orElse(0L);
    }
  }

  /** Bytes that a tree takes on a disk of pages. */
  static long pages(Path root) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(root)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += (Files.size(file) + 4095) / 4096 * 4096;
    }
    return bytes;
  }
}
