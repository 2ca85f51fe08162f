package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.search.DuplicateFinder;
import io.sentencestreams.model.search.HardNegatives;
import io.sentencestreams.model.search.ParaphraseMining;
import io.sentencestreams.model.search.SemanticSearch;
import io.sentencestreams.trainer.data.DataFormatException;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ParallelReader;
import io.sentencestreams.trainer.data.RankingReader;
import io.sentencestreams.trainer.data.TrainingExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

@Command(
    name = "mine",
    description = "Finds pairs of texts to train on, or to look at.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  sentence-streams mine paraphrases --max-pairs 100 titles.txt",
      "  sentence-streams mine hard-negatives --relative-margin 0.05 pairs.tsv > triplets.tsv"
    })
final class MineCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON, one object a line.")
  private boolean asJson;

  @Command(
      name = "paraphrases",
      description =
          "Finds the most similar pairs among the lines of a file, most similar first, with no"
              + " threshold: similarity, line number, line number, text, text, separated by tabs.")
  int paraphrases(
      @Mixin ModelOptions model,
      @Option(
              names = "--max-pairs",
              defaultValue = "1000",
              paramLabel = "N",
              description = "The most pairs; default: ${DEFAULT-VALUE}.")
          int maxPairs,
      @Option(
              names = "--top-k",
              defaultValue = "100",
              paramLabel = "K",
              description = "Nearest lines of each that are looked at; default: ${DEFAULT-VALUE}.")
          int topK,
      @Parameters(paramLabel = "FILE", description = "Lines of UTF-8 text; - is standard input.")
          String file) {
    CommandLine command = spec.commandLine();
    if (maxPairs < 1 || topK < 1) {
      throw new CommandLine.ParameterException(
          command, "--max-pairs and --top-k: must be at least 1");
    }
    EncodeOptions options = model.encodeOptions(command);
    TextLines lines = TextLines.read(file);
    float[][] embeddings;
    try (SentenceEncoder encoder = model.load(command)) {
      embeddings = lines.encode(encoder, options);
    }
    for (DuplicateFinder.Pair pair : ParaphraseMining.find(embeddings, topK, maxPairs)) {
      int a = pair.first();
      int b = pair.second();
      ObjectNode node =
          JSON.createObjectNode()
              .put("similarity", pair.score())
              .put("a", lines.number(a))
              .put("b", lines.number(b))
              .put("text_a", lines.text(a))
              .put("text_b", lines.text(b));
      command
          .getOut()
          .println(
              asJson
                  ? node
                  : String.format(
                      Locale.ROOT,
                      "%.4f\t%d\t%d\t%s\t%s",
                      pair.score(),
                      lines.number(a),
                      lines.number(b),
                      lines.text(a),
                      lines.text(b)));
    }
    return 0;
  }

  /** Bounds on what is a negative. */
  static final class NegativeOptions {
    @Option(
        names = "--negatives",
        defaultValue = "3",
        paramLabel = "N",
        description = "The most for a query; default: ${DEFAULT-VALUE}.")
    private int negatives;

    @Option(
        names = "--range-min",
        defaultValue = "0",
        paramLabel = "N",
        description = "Nearest candidates that are left out; default: ${DEFAULT-VALUE}.")
    private int rangeMin;

    @Option(
        names = "--range-max",
        defaultValue = "0",
        paramLabel = "N",
        description = "Candidates that are looked at; by default as many as should do.")
    private int rangeMax;

    @Option(
        names = "--min-score",
        paramLabel = "S",
        description = "Least similarity of a negative.")
    private Double minScore;

    @Option(
        names = "--max-score",
        paramLabel = "S",
        description = "Greatest similarity of a negative.")
    private Double maxScore;

    @Option(
        names = "--absolute-margin",
        paramLabel = "M",
        description = "A negative is by so much less similar than the positive.")
    private Double absoluteMargin;

    @Option(
        names = "--relative-margin",
        paramLabel = "M",
        description = "The same, as a share of the positive's similarity; 0.05 is a good start.")
    private Double relativeMargin;

    private HardNegatives settings() {
      return new HardNegatives(
          negatives,
          rangeMin,
          rangeMax,
          of(minScore),
          of(maxScore),
          of(absoluteMargin),
          of(relativeMargin));
    }

    private static OptionalDouble of(Double value) {
      return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
  }

  @Command(
      name = "hard-negatives",
      description = {
        "Finds for queries texts that are similar and not their answers, to train on with loss"
            + " multiple-negatives-ranking or triplet. Prints query, answer and one negative a"
            + " line, separated by tabs (what has a tab in it has a space instead); with --json a"
            + " query, its positives and its negatives."
      })
  int hardNegatives(
      @Mixin ModelOptions model,
      @Mixin NegativeOptions bounds,
      @Option(
              names = "--corpus",
              paramLabel = "FILE",
              description = "Lines among which negatives are looked for, beside all answers.")
          Path corpusFile,
      @Parameters(
              paramLabel = "FILE",
              description = "A query and an answer in each row (TSV, CSV).")
          Path file)
      throws IOException {
    CommandLine command = spec.commandLine();
    EncodeOptions options = model.encodeOptions(command);
    try {
      HardNegatives settings = bounds.settings();
      Map<String, Set<String>> answers = new LinkedHashMap<>();
      for (TrainingExample pair : ParallelReader.read(file, BadRows.FAIL).data().examples()) {
        answers
            .computeIfAbsent(pair.texts().get(0), any -> new LinkedHashSet<>())
            .addAll(pair.texts().subList(1, pair.texts().size()));
      }
      Map<String, Integer> rows = new LinkedHashMap<>();
      answers.values().forEach(all -> all.forEach(text -> rows.putIfAbsent(text, rows.size())));
      if (corpusFile != null) {
        RankingReader.lines(corpusFile).forEach(text -> rows.putIfAbsent(text, rows.size()));
      }
      List<String> queries = List.copyOf(answers.keySet());
      List<String> corpus = List.copyOf(rows.keySet());
      int[][] positives =
          queries.stream()
              .map(query -> answers.get(query).stream().mapToInt(rows::get).toArray())
              .toArray(int[][]::new);
      List<HardNegatives.Mined> mined;
      try (SentenceEncoder encoder = model.load(command);
          ProgressBar bar = Progress.bar("encode", corpus.size())) {
        float[][] documents =
            encoder.encode(corpus, options.withProgress((done, total) -> bar.stepTo(done)));
        mined = settings.mine(encoder.encode(queries, options), positives, documents);
      }
      int without = 0;
      for (int i = 0; i < queries.size(); i++) {
        without += mined.get(i).negatives().isEmpty() ? 1 : 0;
        print(queries.get(i), List.copyOf(answers.get(queries.get(i))), mined.get(i), corpus);
      }
      if (without > 0) {
        command.getErr().println(without + " queries have no negative within these bounds");
      }
    } catch (DataFormatException | IllegalArgumentException e) {
      throw new CommandException(e.getMessage(), e);
    }
    return 0;
  }

  private void print(
      String query, List<String> answers, HardNegatives.Mined mined, List<String> corpus) {
    List<String> lines = new ArrayList<>();
    if (asJson) {
      ObjectNode node = JSON.createObjectNode().put("query", query);
      ArrayNode positive = node.putArray("positive");
      answers.forEach(positive::add);
      ArrayNode negative = node.putArray("negative");
      ArrayNode scores = node.putArray("similarities");
      for (SemanticSearch.Hit hit : mined.negatives()) {
        negative.add(corpus.get(hit.index()));
        scores.add(hit.score());
      }
      lines.add(node.toString());
    } else {
      for (String answer : answers) {
        for (SemanticSearch.Hit hit : mined.negatives()) {
          lines.add(String.join("\t", clean(query), clean(answer), clean(corpus.get(hit.index()))));
        }
      }
    }
    lines.forEach(spec.commandLine().getOut()::println);
  }

  private static String clean(String text) {
    return text.replace('\t', ' ').replace('\n', ' ');
  }
}
