package io.sentencestreams.app.cli;

import io.sentencestreams.app.config.ConfigTable;
import io.sentencestreams.app.http.HttpEndpoint;
import io.sentencestreams.app.http.MetricsExport;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.data.DataFormatException;
import io.sentencestreams.trainer.retraining.LabelTask;
import io.sentencestreams.trainer.retraining.ReleaseControl;
import io.sentencestreams.trainer.retraining.RetrainConfig;
import io.sentencestreams.trainer.retraining.RetrainException;
import io.sentencestreams.trainer.retraining.RetrainKeys;
import io.sentencestreams.trainer.retraining.RetrainTopics;
import io.sentencestreams.trainer.retraining.RetrainingService;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "retrain",
    description = {
      "Reads labels from topics, trains when it is time, and releases a model that is better.",
    },
    footer = {
      "",
      "The file has Kafka's properties and the keys that --keys shows. The least it needs:",
      "  bootstrap.servers=localhost:9092",
      "  labels=sts",
      "  labels.sts.kind=scored-pairs",
      "  guard.file=sts-dev.csv",
      "  releases.folder=/shared/releases",
      "  work.folder=/var/lib/retrain",
      "",
      "Examples:",
      "  sentence-streams retrain --config retrain.properties",
      "  sentence-streams retrain --config retrain.properties --now",
      "  sentence-streams releases list --config retrain.properties"
    })
final class RetrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private ConfigSource source;

  @Option(
      names = "--now",
      description = "Tell the running service to train now, whatever its triggers say, and end.")
  private boolean now;

  @Option(
      names = "--create-topics",
      arity = "0..1",
      paramLabel = "N",
      fallbackValue = "0",
      description =
          "Create the topics of labels that are missing, with N partitions each; default: as the"
              + " broker does.")
  private Integer createTopics;

  @Override
  public Integer call() throws InterruptedException {
    if (source.file().isEmpty()) {
      PrintWriter out = spec.commandLine().getOut();
      out.print(ConfigTable.template(RetrainKeys.definition()));
      out.print("# Of each task, after labels.NAME.\n\n");
      out.print(ConfigTable.template(LabelTask.definition()));
      return 0;
    }
    RetrainConfig config = RetrainFile.load(source.file().get());
    try {
      if (now) {
        try (ReleaseControl control = new ReleaseControl(config)) {
          control.retrainNow();
        }
        return 0;
      }
      if (createTopics != null) {
        if (createTopics < 0) {
          throw new CommandLine.ParameterException(
              spec.commandLine(), "--create-topics: must not be negative, but is " + createTopics);
        }
        RetrainTopics.createLabelTopics(config, createTopics)
            .forEach(topic -> say("created topic " + topic));
      }
      run(config);
    } catch (RetrainException | DataFormatException e) {
      throw new CommandException(e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new CommandException("there is no file " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandException(e.toString(), e);
    }
    return 0;
  }

  @SuppressWarnings("try") // the endpoint answers meanwhile
  private void run(RetrainConfig config) throws IOException {
    Checkpoint base = ModelRepository.ofUser().resolve(config.model(), new ImportBars(this::say));
    CountDownLatch ended = new CountDownLatch(1);
    try (RetrainingService service =
            new RetrainingService(
                config, base, InstantSource.system(), TrainingListener.NONE, this::say);
        MetricsExport metrics = new MetricsExport(() -> service.status().metrics());
        HttpEndpoint http = endpoint(config, service, metrics)) {
      // SIGTERM and Ctrl-C end the process through this hook, which waits for a commit.
      Thread hook =
          new Thread(
              () -> {
                service.stop();
                awaitUninterruptibly(ended);
              },
              "stop-retrain");
      Runtime.getRuntime().addShutdownHook(hook);
      say("the service runs; Ctrl-C stops it");
      service.run();
    } finally {
      ended.countDown();
    }
  }

  /** Null if there shall be none. */
  private HttpEndpoint endpoint(
      RetrainConfig config, RetrainingService service, MetricsExport metrics) throws IOException {
    if (config.httpPort() < 0) {
      return null;
    }
    HttpEndpoint http =
        new HttpEndpoint(
            config.httpHost(), config.httpPort(), new RetrainHealth(service.status()), metrics);
    say(
        "health and metrics: http://%s:%d/health and /metrics"
            .formatted(config.httpHost(), http.port()));
    return http;
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }
}
