package io.sentencestreams.app.cli;

import io.sentencestreams.app.cli.train.EvaluatorConfig;
import io.sentencestreams.app.cli.train.TaskConfig;
import io.sentencestreams.app.cli.train.TrainConfig;
import io.sentencestreams.app.cli.train.TrainingRun;
import io.sentencestreams.app.cli.train.TrainingRun.Start;
import io.sentencestreams.app.config.ConfigTable;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.trainer.TrainingException;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.data.DataFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = {
      "Trains a model on files. Prints",
      "{\"model\": folder, \"steps\": n, \"validation_score\": ..., \"test_spearman_cosine\": ...}",
      "and whatever else the evaluators of the test measure, each after its evaluator's name."
    },
    footer = {
      "",
      "A file that trains on the STS benchmark:",
      "  model=bge-small-en-v1.5",
      "  output.folder=sts-run",
      "  tasks=sts",
      "  task.sts.data=sts-train.csv",
      "  task.sts.format=sts",
      "  task.sts.loss=cosent",
      "  validation.file=sts-dev.csv",
      "",
      "Examples:",
      "  sentence-streams train --config sts.properties",
      "  sentence-streams embed --model sts-run/model texts.txt"
    })
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private ConfigSource source;

  @ArgGroup private final Earlier earlier = new Earlier();

  /** What is done with a run that is in the output folder. */
  private static final class Earlier {
    @Option(
        names = "--resume",
        description = "Go on from the newest checkpoint in the output folder, if there is one.")
    private boolean resume;

    @Option(
        names = "--overwrite",
        description = "Begin anew in an output folder that has an earlier run.")
    private boolean overwrite;

    Start start() {
      return resume ? Start.RESUME : overwrite ? Start.OVERWRITE : Start.NEW;
    }
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (source.file().isEmpty()) {
      out.print(ConfigTable.template(TrainConfig.definition()));
      out.print("# Of each task, after task.NAME.\n\n");
      out.print(ConfigTable.template(TaskConfig.definition()));
      out.print("# Of each evaluator, after evaluator.NAME.\n\n");
      out.print(ConfigTable.template(EvaluatorConfig.definition()));
      return 0;
    }
    TrainConfig config = TrainConfig.load(source.file().get());
    try (ProgressBar bar = Progress.bar("train", -1)) {
      TrainingRun run = new TrainingRun(config, this::model, this::say);
      out.println(run.run(earlier.start(), listener(bar)));
    } catch (DataFormatException | TrainingException | IllegalArgumentException e) {
      throw new CommandException(e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandException(e.getMessage(), e);
    }
    return 0;
  }

  private Checkpoint model(String name) {
    return ModelRepository.ofUser().resolve(name, new ImportBars(this::say));
  }

  private TrainingListener listener(ProgressBar bar) {
    return new TrainingListener() {
      private double mean = Double.NaN;

      @Override
      public void stepped(long step, long total, double loss) {
        // Of about the last twenty steps.
        mean = Double.isNaN(mean) ? loss : mean + (loss - mean) / 20;
        bar.maxHint(total);
        bar.stepTo(step);
        bar.setExtraMessage(String.format(Locale.ROOT, "loss %.4f", mean));
      }

      @Override
      public void evaluated(long step, double score, boolean best) {
        say(
            String.format(
                Locale.ROOT, "step %d: score %.4f%s", step, score, best ? ", the best" : ""));
      }
    };
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }
}
