package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.app.cli.ComposeFile.Service;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "stack",
    description = {
      "Runs the services of docker-compose.yml as processes, where there is no Docker engine.",
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Prometheus, Grafana and other services whose programs are not here are left out.",
      "",
      "Examples:",
      "  sentence-streams stack up",
      "  sentence-streams stack status",
      "  sentence-streams stack down"
    })
final class StackCommand {
  private static final Duration STOP = Duration.ofMinutes(5);

  @Spec private CommandSpec spec;

  /** What all of them need. */
  static final class Common {
    @Option(
        names = "--data",
        paramLabel = "DIR",
        defaultValue = "stack-data",
        description = "Folder of volumes, configurations and logs; default: ${DEFAULT-VALUE}.")
    private Path data;

    private Path state() {
      return data.resolve("stack.json");
    }
  }

  @Command(
      name = "up",
      description = "Starts all, says when they are healthy, and stops them at Ctrl-C.")
  int up(
      @Mixin Common common,
      @Option(
              names = "--file",
              paramLabel = "FILE",
              defaultValue = "docker-compose.yml",
              description = "The compose file; default: ${DEFAULT-VALUE}.")
          Path file,
      @Option(
              names = "--free-ports",
              description = "Take any ports that are free, and not those that the file publishes.")
          boolean freePorts,
      @Option(
              names = "--set",
              paramLabel = "KEY=VALUE",
              description = "A value in each configuration file that has the key; may be repeated.")
          Map<String, String> overrides)
      throws IOException, InterruptedException {
    List<Service> services = new ComposeFile(file, System.getenv()).inOrder();
    Path data = common.data.toAbsolutePath().normalize();
    Path root = Objects.requireNonNull(file.toAbsolutePath().normalize().getParent());
    StackPlan plan =
        new StackPlan(root, data, services, freePorts, overrides == null ? Map.of() : overrides);
    try (LocalStack stack = new LocalStack(plan, services, data.resolve("logs"), this::say)) {
      // SIGTERM and Ctrl-C end the process through this hook, which stops the others.
      Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "stop-stack"));
      stack.start();
      if (!plan.unused().isEmpty()) {
        throw new CommandException("--set: no configuration file has " + plan.unused());
      }
      write(common.state(), stack, services);
      status(common);
      say("all run; Ctrl-C stops them, logs are in " + data.resolve("logs"));
      Optional<LocalStack.Running> ended = stack.awaitEnd();
      if (ended.isPresent()) {
        LocalStack.Running one = ended.get();
        throw new CommandException(
            "%s has ended with exit code %d; its log is %s"
                .formatted(one.service().name(), one.process().exitValue(), one.log()));
      }
      return 0;
    }
  }

  private static void write(Path state, LocalStack stack, List<Service> services)
      throws IOException {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("pid", ProcessHandle.current().pid()).put("began", began(ProcessHandle.current()));
    for (LocalStack.Running one : stack.running()) {
      ObjectNode service = json.withArray("services").addObject();
      service.put("name", one.service().name()).put("pid", one.process().pid());
      service.put("began", began(one.process().toHandle()));
      service.put("log", one.log().toString()).put("once", one.endsByItself(services));
      one.health().ifPresent(url -> service.put("health", url.toString()));
      one.broker().ifPresent(address -> service.put("broker", address));
    }
    Files.writeString(state, json.toPrettyString());
  }

  @Command(
      name = "status",
      description = "Prints each service's state; the exit code is 1 if one is not healthy.")
  int status(@Mixin Common common) throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    HttpClient http = HttpClient.newHttpClient();
    boolean all = true;
    for (JsonNode service : read(common).path("services")) {
      String broker = service.path("broker").textValue();
      String health = service.path("health").textValue();
      boolean alive = ours(service).isPresent();
      boolean answers =
          broker != null
              ? LocalStack.answers(broker)
              : health == null || LocalStack.answers(http, URI.create(health));
      boolean checked = broker != null || health != null;
      boolean once = service.path("once").asBoolean();
      String state = alive ? "runs" : once ? "done" : "ended";
      if (alive && checked) {
        state = answers ? "healthy" : "unhealthy";
      }
      all &= !state.equals("unhealthy") && !state.equals("ended");
      out.printf(
          "%-14s %-9s %s%n",
          service.path("name").asText(),
          state,
          broker != null ? broker : health != null ? health : "");
    }
    out.flush();
    return all ? 0 : 1;
  }

  @Command(name = "down", description = "Stops what up has started, and waits for its end.")
  int down(@Mixin Common common) throws IOException, InterruptedException, ExecutionException {
    JsonNode state = read(common);
    stop(state);
    // They are stopped already, unless up itself was killed.
    for (JsonNode service : state.path("services")) {
      stop(service);
    }
    Files.delete(common.state());
    return 0;
  }

  private static void stop(JsonNode one) throws InterruptedException, ExecutionException {
    Optional<ProcessHandle> process = ours(one);
    if (process.isPresent()) {
      process.get().destroy();
      try {
        process.get().onExit().get(STOP.toSeconds(), TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new CommandException("process %d does not stop".formatted(process.get().pid()), e);
      }
    }
  }

  /** A process that is alive and began when it did: its number may have been given away again. */
  private static Optional<ProcessHandle> ours(JsonNode one) {
    return ProcessHandle.of(one.path("pid").asLong())
        .filter(ProcessHandle::isAlive)
        .filter(process -> began(process) == one.path("began").asLong());
  }

  /** In milliseconds; 0 where the system does not tell. */
  private static long began(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static JsonNode read(Common common) throws IOException {
    if (!Files.isRegularFile(common.state())) {
      throw new CommandException(
          "there is no %s: nothing was started with this --data".formatted(common.state()));
    }
    return new ObjectMapper().readTree(common.state().toFile());
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }
}
