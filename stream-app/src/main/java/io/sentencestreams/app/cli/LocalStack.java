package io.sentencestreams.app.cli;

import io.sentencestreams.app.cli.ComposeFile.Service;
import io.sentencestreams.app.cli.StackPlan.Program;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;

/**
 * Services of a compose file as processes: started in the order of what they depend on, each when
 * that is so far; stopped in the other order.
 */
final class LocalStack implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration START = Duration.ofMinutes(5);
  private static final Duration STOP = Duration.ofSeconds(40);
  private static final int OK = 200;
  private static final String OWN_SESSION = "setsid";

  private final StackPlan plan;
  private final List<Service> services;
  private final Path logs;
  private final Consumer<String> say;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final Map<String, Running> running = new LinkedHashMap<>();
  private boolean closed;

  /** A service's process. */
  record Running(
      Service service, Process process, Path log, Optional<URI> health, Optional<String> broker) {
    boolean endsByItself(List<Service> all) {
      return all.stream()
          .anyMatch(
              other ->
                  "service_completed_successfully".equals(other.dependsOn().get(service.name())));
    }
  }

  LocalStack(StackPlan plan, List<Service> services, Path logs, Consumer<String> say) {
    this.plan = plan;
    this.services = services;
    this.logs = logs;
    this.say = say;
  }

  /**
   * Starts all and waits until each that has a health check is healthy.
   *
   * @throws CommandException if one ends before, or takes too long
   */
  void start() throws IOException, InterruptedException {
    Files.createDirectories(logs);
    List<String> leftOut = new ArrayList<>();
    for (Service service : services) {
      Optional<Program> program = plan.program(service);
      if (program.isEmpty() || leftOut.stream().anyMatch(service.dependsOn()::containsKey)) {
        leftOut.add(service.name());
        say.accept(
            "%s is left out: no program here is as %s".formatted(service.name(), service.image()));
        continue;
      }
      for (Map.Entry<String, String> other : service.dependsOn().entrySet()) {
        Running one = running.get(other.getKey());
        if (one == null) {
          throw new CommandException(
              "%s depends on %s, which is not among the services that are started"
                  .formatted(service.name(), other.getKey()));
        }
        await(one, other.getValue());
      }
      launch(service, program.get());
    }
    for (Running one : List.copyOf(running.values())) {
      await(one, one.endsByItself(services) ? "service_completed_successfully" : "service_healthy");
    }
  }

  private synchronized void launch(Service service, Program program) throws IOException {
    if (closed) {
      throw new CommandException("stopped");
    }
    Path log = logs.resolve(service.name() + ".log");
    List<String> command = new ArrayList<>();
    if (isOnPath(OWN_SESSION)) {
      // Ctrl-C is for this process, which stops the others in their order.
      command.add(OWN_SESSION);
    }
    command.addAll(program.command());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(program.environment());
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    say.accept("starting %s".formatted(service.name()));
    running.put(
        service.name(),
        new Running(
            service, builder.start(), log, program.health(), plan.bootstrapServers(service)));
  }

  private static boolean isOnPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private void await(Running one, String condition) throws IOException, InterruptedException {
    boolean end = condition.equals("service_completed_successfully");
    long deadline = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < deadline) {
      if (!one.process().isAlive()) {
        if (end && one.process().exitValue() == 0) {
          return;
        }
        throw new CommandException(
            "%s has ended with exit code %d; %s ends with:%n%s"
                .formatted(
                    one.service().name(), one.process().exitValue(), one.log(), lastLines(one)));
      }
      if (!end && isHealthy(one)) {
        return;
      }
      // Its end is looked at above.
      one.process().waitFor(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }
    throw new CommandException(
        "%s is not healthy after %s; %s ends with:%n%s"
            .formatted(one.service().name(), START, one.log(), lastLines(one)));
  }

  private static String lastLines(Running one) throws IOException {
    List<String> lines = Files.readAllLines(one.log());
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
  }

  /** Whether it answers as its health check asks; without one, whether it runs. */
  boolean isHealthy(Running one) throws InterruptedException {
    if (!one.process().isAlive()) {
      return one.endsByItself(services) && one.process().exitValue() == 0;
    }
    if (one.broker().isPresent()) {
      return answers(one.broker().get());
    }
    return one.health().isEmpty() || answers(http, one.health().get());
  }

  static boolean answers(HttpClient http, URI health) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(5)).build();
      return http.send(request, BodyHandlers.discarding()).statusCode() == OK;
    } catch (IOException e) {
      return false; // not yet, or not any more: both are no answer
    }
  }

  /** Whether a broker lists its topics, as its health check in the compose file asks. */
  static boolean answers(String broker) throws InterruptedException {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers", broker,
            "default.api.timeout.ms", 3000,
            "request.timeout.ms", 2000);
    try (Admin admin = Admin.create(properties)) {
      admin.listTopics().names().get();
      return true;
    } catch (ExecutionException e) {
      return false; // not yet, or not any more: both are no answer
    }
  }

  /** The processes, in the order of their start. */
  synchronized List<Running> running() {
    return List.copyOf(running.values());
  }

  /** Waits until one ends that should not, and says which; empty if all are being stopped. */
  Optional<Running> awaitEnd() {
    while (true) {
      for (Running one : running()) {
        if (!one.process().isAlive() && !one.endsByItself(services)) {
          return isClosed() ? Optional.empty() : Optional.of(one);
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** Stops all, the last that was started first; what does not stop in time is killed, and said. */
  @Override
  public void close() {
    List<Running> all;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      all = new ArrayList<>(running.values());
    }
    Collections.reverse(all);
    for (Running one : all) {
      one.process().destroy();
      try {
        if (!one.process().waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
          say.accept(
              "%s did not stop within %s and is killed".formatted(one.service().name(), STOP));
          one.process().destroyForcibly();
        } else {
          say.accept("stopped %s".formatted(one.service().name()));
        }
      } catch (InterruptedException e) {
        one.process().destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
