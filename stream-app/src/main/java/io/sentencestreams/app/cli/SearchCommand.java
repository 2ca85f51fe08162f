package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.search.SemanticSearch;
import java.io.PrintWriter;
import java.util.List;
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
    name = "search",
    description = "Finds the lines of a file that are nearest in meaning to each query.",
    footer = {
      "",
      "Example: sentence-streams search --corpus titles.txt --top-k 3 'merge branches'"
    })
final class SearchCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(
      names = "--corpus",
      required = true,
      paramLabel = "FILE",
      description = "Lines of UTF-8 text; - is standard input.")
  private String corpus;

  @Option(
      names = "--top-k",
      defaultValue = "5",
      paramLabel = "K",
      description = "Lines for each query; default: ${DEFAULT-VALUE}.")
  private int topK;

  @Option(names = "--json", description = "Print JSON, one object for each query.")
  private boolean asJson;

  @Parameters(arity = "1..*", paramLabel = "QUERY", description = "What to look for.")
  private List<String> queries;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    if (topK < 1) {
      throw new CommandLine.ParameterException(command, "--top-k: must be at least 1, not " + topK);
    }
    EncodeOptions options = model.encodeOptions(command);
    TextLines lines = TextLines.read(corpus);
    try (SentenceEncoder encoder = model.load(command)) {
      SemanticSearch search = new SemanticSearch(lines.encode(encoder, options));
      List<List<SemanticSearch.Hit>> found = search.search(encoder.encode(queries, options), topK);
      for (int i = 0; i < queries.size(); i++) {
        print(command.getOut(), queries.get(i), found.get(i), lines);
      }
    }
    return 0;
  }

  private void print(
      PrintWriter out, String query, List<SemanticSearch.Hit> hits, TextLines lines) {
    if (asJson) {
      ObjectNode node = JSON.createObjectNode().put("query", query);
      ArrayNode array = node.putArray("hits");
      for (SemanticSearch.Hit hit : hits) {
        array
            .addObject()
            .put("line", lines.number(hit.index()))
            .put("similarity", hit.score())
            .put("text", lines.text(hit.index()));
      }
      out.println(node);
      return;
    }
    out.println(query);
    for (SemanticSearch.Hit hit : hits) {
      out.println(
          String.format(
              Locale.ROOT,
              "  %.4f  %d: %s",
              hit.score(),
              lines.number(hit.index()),
              lines.text(hit.index())));
    }
  }
}
