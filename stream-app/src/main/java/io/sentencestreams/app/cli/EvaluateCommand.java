package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.app.cli.train.TrainConfig;
import io.sentencestreams.app.cli.train.TrainingRun;
import io.sentencestreams.model.EncodeOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.trainer.data.DataFormatException;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ParallelReader;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.evaluation.TranslationEvaluator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "evaluate",
    description = "Scores a model on data that people have judged.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  sentence-streams evaluate sts --model bge-small-en-v1.5 sts-test.csv",
      "  sentence-streams evaluate translation --translations test.de test.en",
      "  sentence-streams evaluate test --config sts.properties --model sts-run/model"
    })
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

  @Command(
      name = "translation",
      description = {
        "Looks for each sentence's translation among those of all, and the other way round. Prints",
        "{\"sentences\": n, \"src2trg_accuracy\": ..., \"trg2src_accuracy\": ...,"
            + " \"mean_accuracy\": ...}"
      })
  int translation(
      @Mixin ModelOptions model,
      @Option(
              names = "--translations",
              paramLabel = "FILE",
              description = "A file whose lines translate those of the other one.")
          Path translations,
      @Parameters(
              paramLabel = "FILE",
              description =
                  "A sentence and its translation in each row; or sentences, with --translations.")
          Path file)
      throws IOException {
    CommandLine command = spec.commandLine();
    List<TrainingExample> examples;
    try {
      examples =
          (translations == null
                  ? ParallelReader.read(file, BadRows.FAIL)
                  : ParallelReader.readAligned(file, List.of(translations), BadRows.FAIL))
              .data()
              .examples();
    } catch (DataFormatException e) {
      throw new CommandException(e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + e.getMessage(), e);
    }
    TranslationEvaluator evaluator =
        new TranslationEvaluator(
            examples.stream().map(example -> example.texts().get(0)).toList(),
            examples.stream().map(example -> example.texts().get(1)).toList());
    EncodeOptions options = model.encodeOptions(command);
    try (SentenceEncoder encoder = model.load(command)) {
      ObjectNode node = JSON.createObjectNode().put("sentences", examples.size());
      evaluator
          .evaluate(texts -> encoder.encode(texts, options))
          .metrics()
          .forEach((name, value) -> node.put(name, value));
      command.getOut().println(node);
    }
    return 0;
  }

  @Command(
      name = "test",
      description = {
        "Scores a model by test.file or test.evaluators of a training's file, in fp32: before it is"
            + " trained, or one that was trained elsewhere. Prints",
        "{\"model\": ..., and what each evaluator measures, after its name}"
      })
  int test(
      @Option(
              names = "--config",
              required = true,
              paramLabel = "FILE",
              description = "The file of a training; train --keys shows its keys.")
          Path config,
      @Option(
              names = "--model",
              paramLabel = "M",
              description = "A model's name or folder; default: the one that the file trains.")
          String model)
      throws IOException {
    CommandLine command = spec.commandLine();
    try {
      TrainConfig settings = TrainConfig.load(config);
      TrainingRun run =
          new TrainingRun(
              settings,
              name ->
                  ModelRepository.ofUser().resolve(name, new ImportBars(command.getErr()::println)),
              command.getErr()::println);
      command.getOut().println(run.test(model == null ? settings.model() : model));
    } catch (DataFormatException | IllegalArgumentException e) {
      throw new CommandException(e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + e.getMessage(), e);
    }
    return 0;
  }
}
