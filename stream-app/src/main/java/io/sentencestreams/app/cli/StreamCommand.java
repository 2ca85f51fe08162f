package io.sentencestreams.app.cli;

import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.Encoders;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.config.ConfigFile;
import io.sentencestreams.app.config.ConfigTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "stream",
    description = "Reads texts from topics and writes their embeddings to a topic.",
    footer = {
      "",
      "The file has Kafka's properties and the keys that --keys shows. The least it needs:",
      "  bootstrap.servers=localhost:9092",
      "",
      "Examples:",
      "  sentence-streams stream --config stream.properties --check",
      "  sentence-streams stream --config stream.properties"
    })
final class StreamCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private ConfigSource source;

  @Option(
      names = "--check",
      description = "Compare the configuration with the cluster, and start nothing.")
  private boolean check;

  @Option(
      names = "--create-topics",
      arity = "0..1",
      paramLabel = "N",
      fallbackValue = "0",
      description =
          "Create the topics that are missing, with N partitions each; default: as the broker does.")
  private Integer createTopics;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (source.file().isEmpty()) {
      spec.commandLine().getOut().print(ConfigTable.template());
      return 0;
    }
    AppConfig config = ConfigFile.load(source.file().get());
    if (createTopics != null) {
      if (createTopics < 0) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "--create-topics: must not be negative, but is " + createTopics);
      }
      ClusterCheck.createMissingTopics(config, createTopics)
          .forEach(topic -> say("created topic " + topic));
    }
    return check ? check(config) : run(config);
  }

  private int check(AppConfig config) {
    StreamService.checkClasses(config);
    ClusterCheck.Report report = ClusterCheck.run(config);
    PrintWriter out = spec.commandLine().getOut();
    report.findings().forEach(out::println);
    if (!report.problems().isEmpty()) {
      throw new CommandException(String.join("\n", report.problems()));
    }
    out.println("The configuration fits the cluster.");
    return 0;
  }

  private int run(AppConfig config) throws IOException, InterruptedException {
    try (StreamService service = new StreamService(config)) {
      // SIGTERM and Ctrl-C end the process through this hook, which commits and leaves the group.
      Thread hook = new Thread(service::close, "stop-stream");
      Runtime.getRuntime().addShutdownHook(hook);
      service
          .httpPort()
          .ifPresent(
              port ->
                  say(
                      "health and metrics: http://%s:%d/health and /metrics"
                          .formatted(config.httpHost(), port)));
      say("loading the model " + config.model());
      service
          .start(Encoders.loader(config, new ImportBars(this::say)))
          .findings()
          .forEach(this::say);
      say(
          "reading %s, writing %s; Ctrl-C stops the stream"
              .formatted(String.join(", ", config.inputTopics()), config.outputTopic()));
      Optional<Throwable> failure = service.awaitEnd();
      if (failure.isPresent()) {
        throw new CommandException(
            "the stream has ended: " + StreamsApp.describe(failure.get()), failure.get());
      }
      return 0;
    }
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }
}
