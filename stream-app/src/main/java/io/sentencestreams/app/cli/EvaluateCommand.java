package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.trainer.data.DataFormatException;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description = "Scores a model on data that people have judged.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: sentence-streams evaluate sts --model bge-small-en-v1.5 sts-test.csv"})
final class EvaluateCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Command(
      name = "sts",
      description = {
        "Correlates the cosine similarity of sentence pairs with their scores. Prints",
        "{\"pairs\": n, \"pearson\": ..., \"spearman\": ...}"
      })
  int sts(
      @Mixin ModelOptions model,
      @Parameters(
              paramLabel = "FILE",
              description =
                  "Sentence 1, sentence 2, score (TSV), or the columns of the STS benchmark.")
          Path file)
      throws IOException {
    CommandLine command = spec.commandLine();
    if (Files.isDirectory(file)) {
      throw new CommandException(file + " is a folder; name a file of sentence pairs");
    }
    if (!Files.isReadable(file)) {
      throw new CommandException("there is no readable file " + file);
    }
    List<SentencePair> pairs;
    try {
      pairs = StsReader.read(file);
    } catch (DataFormatException e) {
      throw new CommandException(e.getMessage(), e);
    }
    EncodeOptions options = model.encodeOptions(command);
    try (SentenceEncoder encoder = model.load(command);
        ProgressBar bar = Progress.bar("encode", -1)) {
      EmbeddingSimilarityEvaluator.Result result =
          new EmbeddingSimilarityEvaluator(pairs)
              .evaluate(
                  texts ->
                      encoder.encode(
                          texts, options.withProgress((done, total) -> bar.stepTo(done))));
      command
          .getOut()
          .println(
              JSON.createObjectNode()
                  .put("pairs", result.pairs())
                  .put("pearson", result.pearson())
                  .put("spearman", result.spearman()));
    }
    return 0;
  }
}
