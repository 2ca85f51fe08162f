package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.search.DuplicateFinder;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "duplicates",
    description = "Finds every pair of lines that say the same thing.",
    footer = {"", "Example: sentence-streams duplicates --threshold 0.9 titles.txt"})
final class DuplicatesCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(
      names = "--threshold",
      required = true,
      paramLabel = "T",
      description = "Least cosine similarity of a pair, from -1 to 1; 0.9 is a good start.")
  private float threshold;

  @Option(
      names = "--json",
      description = {
        "Print JSON, one object for each pair: a and b (line numbers from 1), similarity, group."
      })
  private boolean asJson;

  @Parameters(paramLabel = "FILE", description = "Lines of UTF-8 text; - is standard input.")
  private String file;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    if (!(threshold >= -1 && threshold <= 1)) {
      throw new CommandLine.ParameterException(
          command, "--threshold: must be from -1 to 1, not " + threshold);
    }
    EncodeOptions options = model.encodeOptions(command);
    TextLines lines = TextLines.read(file);
    float[][] embeddings;
    try (SentenceEncoder encoder = model.load(command)) {
      embeddings = lines.encode(encoder, options);
    }
    DuplicateFinder.Duplicates duplicates = DuplicateFinder.find(embeddings, threshold);
    for (DuplicateFinder.Pair pair : duplicates.pairs()) {
      print(command.getOut(), lines, pair, duplicates.groups()[pair.first()]);
    }
    if (!asJson) {
      command.getErr().println(duplicates.pairs().size() + " pairs");
    }
    return 0;
  }

  private void print(PrintWriter out, TextLines lines, DuplicateFinder.Pair pair, int group) {
    if (asJson) {
      out.println(
          JSON.createObjectNode()
              .put("a", lines.number(pair.first()))
              .put("b", lines.number(pair.second()))
              .put("similarity", pair.score())
              .put("group", group));
      return;
    }
    out.println(String.format(Locale.ROOT, "%.4f", pair.score()));
    for (int i : new int[] {pair.first(), pair.second()}) {
      out.println("  " + lines.number(i) + ": " + lines.text(i));
    }
  }
}
