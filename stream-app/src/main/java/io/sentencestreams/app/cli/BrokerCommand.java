package io.sentencestreams.app.cli;

import io.sentencestreams.app.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "broker",
    description = "Runs a Kafka broker in this process until it is interrupted.",
    footer = {"", "Example: sentence-streams broker --data ./broker-data --port 9092"})
final class BrokerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of the data, kept for the next start; default: temporary.")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Port for clients, 0 for a free one; default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "Address to listen on; default: ${DEFAULT-VALUE}. There is no authentication.")
  private String host;

  @Option(
      names = "--property",
      paramLabel = "KEY=VALUE",
      description = "A property of Kafka's broker; may be repeated.")
  private Map<String, String> properties = Map.of();

  @Override
  public Integer call() throws InterruptedException, ExecutionException {
    EmbeddedBroker.Builder builder = EmbeddedBroker.builder().host(host).properties(properties);
    try {
      builder.port(port);
    } catch (IllegalArgumentException e) {
      throw new picocli.CommandLine.ParameterException(
          spec.commandLine(), "--port: " + e.getMessage(), e);
    }
    if (data != null) {
      builder.dataDirectory(data);
    }
    EmbeddedBroker broker = builder.start();
    CompletableFuture<Throwable> end = broker.failure();
    // An interrupt (Ctrl-C, SIGTERM) ends the process through this hook, which stops the broker.
    Thread hook = new Thread(broker::close, "stop-broker");
    Runtime.getRuntime().addShutdownHook(hook);
    spec.commandLine().getOut().println(broker.bootstrapServers());
    spec.commandLine().getOut().flush();
    spec.commandLine()
        .getErr()
        .println("The broker runs, data in " + broker.dataDirectory() + "; Ctrl-C stops it.");
    spec.commandLine().getErr().flush();
    throw new CommandException("the broker failed: " + end.get().getMessage());
  }
}
