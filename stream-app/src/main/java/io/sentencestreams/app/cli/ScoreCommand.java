package io.sentencestreams.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.CrossEncoder;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.TextPair;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "score",
    description = {
      "Prints what a cross-encoder makes of each pair of texts, in order, one JSON object a line:",
      "{\"text1\": ..., \"text2\": ..., \"score\": ...}, or with scores by its labels.",
      "So it labels pairs for a sentence encoder to train on."
    },
    footer = {
      "",
      "Example: sentence-streams score --model runs/cross/model pairs.tsv > labels.jsonl"
    })
final class ScoreCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Parameters(
      arity = "0..1",
      defaultValue = "-",
      paramLabel = "FILE",
      description =
          "Lines of two texts with a tab between them, or JSON objects with text1 and text2;"
              + " default: standard input.")
  private String file;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    EncodeOptions options = model.encodeOptions(command);
    try (LineReader lines = LineReader.open(file);
        CrossEncoder encoder = model.loadCrossEncoder(command);
        ProgressBar bar = Progress.bar("score", -1)) {
      PrintWriter out = command.getOut();
      for (List<String> chunk = lines.chunk(); !chunk.isEmpty(); chunk = lines.chunk()) {
        List<TextPair> pairs = new ArrayList<>(chunk.size());
        long line = lines.lineNumber() - chunk.size();
        for (String text : chunk) {
          pairs.add(pair(text, ++line));
        }
        float[][] scores = encoder.predict(pairs, options);
        for (int i = 0; i < scores.length; i++) {
          out.println(json(pairs.get(i), scores[i], encoder.labels()));
        }
        out.flush();
        if (out.checkError()) {
          return 0; // the reader of a pipe has had enough
        }
        bar.stepBy(chunk.size());
      }
      return 0;
    }
  }

  private TextPair pair(String line, long number) {
    if (line.startsWith("{") && line.indexOf('\t') < 0) { // which JSON has only as an escape
      JsonNode node = parse(line, number);
      JsonNode first = node.path("text1");
      JsonNode second = node.path("text2");
      if (!first.isTextual() || !second.isTextual()) {
        throw bad(number, "has no texts under text1 and text2", null);
      }
      return new TextPair(first.asText(), second.asText());
    }
    String[] texts = line.split("\t", -1);
    if (texts.length != 2) {
      throw bad(
          number,
          "has %d tabs, and one must be between two texts".formatted(texts.length - 1),
          null);
    }
    return new TextPair(texts[0], texts[1]);
  }

  private JsonNode parse(String line, long number) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw bad(number, "is no JSON: " + e.getOriginalMessage(), e);
    }
  }

  private CommandException bad(long number, String problem, Exception cause) {
    String name = file.equals("-") ? "standard input" : file;
    return new CommandException("%s, line %d %s".formatted(name, number, problem), cause);
  }

  private static ObjectNode json(TextPair pair, float[] scores, List<String> labels) {
    ObjectNode node =
        JSON.createObjectNode().put("text1", pair.first()).put("text2", pair.second());
    if (scores.length == 1) {
      return node.put("score", scores[0]);
    }
    ObjectNode classes = node.putObject("scores");
    for (int i = 0; i < scores.length; i++) {
      classes.put(labels.get(i), scores[i]);
    }
    return node;
  }
}
