package io.sentencestreams.app.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import java.io.IOException;
import java.io.PrintWriter;
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
    name = "embed",
    description = {
      "Prints the embedding of each line, in order, one JSON object a line:",
      "{\"text\": ..., \"embedding\": [...]}"
    },
    footer = {
      "",
      "Examples:",
      "  sentence-streams embed headlines.txt > embeddings.jsonl",
      "  echo 'A cat sits.' | sentence-streams embed --precision fp32"
    })
final class EmbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Parameters(
      arity = "0..1",
      defaultValue = "-",
      paramLabel = "FILE",
      description = "Lines of UTF-8 text; default: standard input.")
  private String file;

  @Override
  public Integer call() throws IOException {
    CommandLine command = spec.commandLine();
    EncodeOptions options = model.encodeOptions(command);
    try (LineReader lines = LineReader.open(file);
        SentenceEncoder encoder = model.load(command);
        ProgressBar bar = Progress.bar("embed", -1)) {
      PrintWriter out = command.getOut();
      // What a pipe holds at present is a chunk: a line that comes alone is answered alone.
      for (List<String> chunk = lines.chunk(); !chunk.isEmpty(); chunk = lines.chunk()) {
        float[][] embeddings = encoder.encode(chunk, options);
        for (int i = 0; i < embeddings.length; i++) {
          print(out, chunk.get(i), embeddings[i]);
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

  private static void print(PrintWriter out, String text, float[] embedding) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    json.writeStartObject();
    json.writeStringField("text", text);
    json.writeArrayFieldStart("embedding");
    for (float value : embedding) {
      json.writeNumber(value); // the shortest text that reads back as the same float
    }
    json.writeEndArray();
    json.writeEndObject();
    json.close();
    out.println();
  }
}
