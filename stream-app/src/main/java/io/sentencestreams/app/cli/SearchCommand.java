package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.CrossEncoder;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.search.SemanticSearch;
import java.io.PrintWriter;
import java.util.ArrayList;
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
      "Examples:",
      "  sentence-streams search --corpus titles.txt --top-k 3 'merge branches'",
      "  sentence-streams search --corpus titles.txt --rerank runs/cross/model 'merge branches'"
    })
final class SearchCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FETCHED = 100;

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

  @Option(
      names = "--rerank",
      paramLabel = "MODEL",
      description =
          "A cross-encoder, as for --model, that scores the nearest lines anew together with the"
              + " query, which is more exact; hits then have its scores.")
  private String reranker;

  @Option(
      names = "--candidates",
      paramLabel = "N",
      description = "Nearest lines that --rerank scores anew; default: 100, or K if that is more.")
  private Integer candidates;

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
    if (candidates != null && (reranker == null || candidates < topK)) {
      throw new CommandLine.ParameterException(
          command,
          reranker == null
              ? "--candidates goes with --rerank"
              : "--candidates: must be at least --top-k, %d".formatted(topK));
    }
    int fetched = candidates != null ? candidates : Math.max(FETCHED, topK);
    EncodeOptions options = model.encodeOptions(command);
    TextLines lines = TextLines.read(corpus);
    try (SentenceEncoder encoder = model.load(command);
        CrossEncoder cross = reranker == null ? null : model.loadRanker(reranker, command)) {
      SemanticSearch search = new SemanticSearch(lines.encode(encoder, options));
      List<List<SemanticSearch.Hit>> found =
          search.search(encoder.encode(queries, options), cross == null ? topK : fetched);
      if (cross != null) {
        found = rerank(cross, found, lines);
      }
      for (int i = 0; i < queries.size(); i++) {
        print(command.getOut(), queries.get(i), found.get(i), lines);
      }
    }
    return 0;
  }

  /** The best of each query's hits by their scores together with the query. */
  private List<List<SemanticSearch.Hit>> rerank(
      CrossEncoder cross, List<List<SemanticSearch.Hit>> found, TextLines lines) {
    List<List<SemanticSearch.Hit>> best = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      List<SemanticSearch.Hit> hits = found.get(i);
      List<String> texts = hits.stream().map(hit -> lines.text(hit.index())).toList();
      best.add(
          cross.rank(queries.get(i), texts).stream()
              .limit(topK)
              .map(one -> new SemanticSearch.Hit(hits.get(one.index()).index(), one.score()))
              .toList());
    }
    return best;
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
            .put(reranker == null ? "similarity" : "score", hit.score())
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
