package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code sentence-streams} in a process of its own, so that it can be killed for real. */
final class ProgramProcess implements AutoCloseable {
  /** 128 + 15: what a process that SIGTERM ended reports, its hooks run. */
  static final int SIGTERM_STATUS = 143;

  private static final Pattern HEALTH = Pattern.compile("(http://[0-9.:]+)/health");
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final Path log;

  private ProgramProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** {@code stream}; the name is that of its configuration and its log. */
  static ProgramProcess stream(Path folder, String name, Map<String, String> properties)
      throws IOException {
    return stream(folder, name, properties, List.of(), List.of());
  }

  /** {@code stream} in a process that kills itself at a point of its work. */
  static ProgramProcess streamUntil(
      CrashPoint point, Path folder, String name, Map<String, String> properties)
      throws IOException {
    return stream(CrashAgent.Act.KILL, point, folder, name, properties);
  }

  /** {@code stream} in a process to which something happens at a point of its work. */
  static ProgramProcess stream(
      CrashAgent.Act act,
      CrashPoint point,
      Path folder,
      String name,
      Map<String, String> properties)
      throws IOException {
    return stream(folder, name, properties, List.of(), List.of(agent(folder, act, point)));
  }

  private static String agent(Path folder, CrashAgent.Act act, CrashPoint point)
      throws IOException {
    return "-javaagent:" + CrashAgent.archive(folder) + "=" + CrashAgent.argument(act, point);
  }

  /** {@code stream} behind a command that prepares something and then runs what follows it. */
  static ProgramProcess streamBehind(
      List<String> wrapper, Path folder, String name, Map<String, String> properties)
      throws IOException {
    return stream(folder, name, properties, wrapper, List.of());
  }

  /** {@code retrain}; the name is that of its configuration and its log. */
  static ProgramProcess retrain(
      Path folder, String name, Map<String, String> properties, List<String> jvmOptions)
      throws IOException {
    Path config = configuration(folder, name, properties);
    return start(
        List.of(), jvmOptions, folder, name, List.of("retrain", "--config", config.toString()));
  }

  /** {@code retrain} in a process that kills itself at a point of its work. */
  static ProgramProcess retrainUntil(
      CrashPoint point,
      Path folder,
      String name,
      Map<String, String> properties,
      List<String> jvmOptions)
      throws IOException {
    List<String> options = new ArrayList<>(jvmOptions);
    options.add(agent(folder, CrashAgent.Act.KILL, point));
    return retrain(folder, name, properties, options);
  }

  private static Path configuration(Path folder, String name, Map<String, String> given)
      throws IOException {
    Map<String, String> properties = new TreeMap<>(given);
    properties.putIfAbsent("http.port", "0"); // tests run beside each other
    Path config = folder.resolve(name + ".properties");
    Files.writeString(
        config,
        properties.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
            .collect(Collectors.joining()));
    return config;
  }

  private static ProgramProcess stream(
      Path folder,
      String name,
      Map<String, String> properties,
      List<String> wrapper,
      List<String> jvmOptions)
      throws IOException {
    Path config = configuration(folder, name, properties);
    return start(
        wrapper, jvmOptions, folder, name, List.of("stream", "--config", config.toString()));
  }

  /** {@code broker} that keeps its data and its port for the next one. */
  static ProgramProcess broker(Path folder, int port) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("broker"));
    arguments.addAll(List.of("--data", folder.resolve("broker-data").toString()));
    arguments.addAll(List.of("--port", Integer.toString(port)));
    CrashRun.BROKER_PROPERTIES.forEach(
        (key, value) -> arguments.addAll(List.of("--property", key + "=" + value)));
    return start(List.of(), List.of(), folder, "broker", arguments);
  }

  /** {@code train} behind a command that prepares something; the name is that of its log. */
  static ProgramProcess trainBehind(
      List<String> wrapper, Path folder, String name, Path config, String... options)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of("train", "--config", config.toString()));
    arguments.addAll(List.of(options));
    return start(wrapper, List.of(), folder, name, arguments);
  }

  private static ProgramProcess start(
      List<String> wrapper,
      List<String> jvmOptions,
      Path folder,
      String name,
      List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // The fast compiler alone: these processes live for seconds.
    command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1", "-Dai.djl.offline=true"));
    command.addAll(jvmOptions);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "io.sentencestreams.app.cli.Main"));
    command.addAll(arguments);
    Path log = folder.resolve(name + ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new ProgramProcess(process, log);
  }

  long pid() {
    return process.pid();
  }

  /** SIGKILL: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Lets it work for a while, unless it ends before, then SIGKILL. */
  void killAfter(Duration work) throws InterruptedException {
    if (!process.waitFor(work.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
    }
  }

  /** SIGTERM; does not wait. */
  void terminate() {
    process.destroy();
  }

  /** SIGTERM; returns the exit status. */
  int stop() throws InterruptedException {
    terminate();
    return awaitEnd(CrashRun.PATIENCE);
  }

  /** Waits until the process has ended by itself; returns the exit status. */
  int awaitEnd(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the process did not end:\n" + log());
    }
    return process.exitValue();
  }

  /** Waits until the process has killed itself where {@link #streamUntil} said. */
  void awaitCrashAt(CrashPoint point) throws InterruptedException {
    assertThat(awaitEnd(CrashRun.PATIENCE)).as(this::log).isEqualTo(CrashAgent.STATUS);
    assertThat(log()).contains("crash point " + point + " reached");
  }

  /** Whether a signal has stopped it, for the time being. */
  boolean isFrozen() throws IOException {
    String status = Files.readString(Path.of("/proc", Long.toString(process.pid()), "status"));
    return status.contains("State:\tT");
  }

  /** Sends a signal by its name, such as STOP or CONT. */
  void signal(String name) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException("kill -" + name + " failed with status " + status);
    }
  }

  /** Whether the stream says that it is ready: its tasks are assigned and restored. */
  boolean isReady() throws IOException, InterruptedException {
    try {
      return address().isPresent() && send("/health/ready").statusCode() == 200;
    } catch (ConnectException e) {
      return false; // the address is that of an earlier process of this name
    }
  }

  /** What it answers to a path, such as {@code /metrics}. */
  String get(String path) throws IOException, InterruptedException {
    return send(path).body();
  }

  /** What it says of a metric; nothing while it is not ready, or has no such metric yet. */
  OptionalDouble metric(String name) throws IOException, InterruptedException {
    if (!isReady()) {
      return OptionalDouble.empty();
    }
    Matcher line =
        Pattern.compile("(?m)^" + name + "(?:_total)?(?:\\{[^}]*})? ([0-9.E]+)$")
            .matcher(get("/metrics"));
    return line.find() && isReady() // still: a rebalance takes the tasks out of the metrics
        ? OptionalDouble.of(Double.parseDouble(line.group(1)))
        : OptionalDouble.empty();
  }

  private HttpResponse<String> send(String path) throws IOException, InterruptedException {
    URI uri = URI.create(address().orElseThrow() + path);
    return HTTP.send(
        HttpRequest.newBuilder(uri).timeout(ANSWER).build(), HttpResponse.BodyHandlers.ofString());
  }

  private Optional<String> address() {
    Matcher address = HEALTH.matcher(log());
    Optional<String> last = Optional.empty();
    while (address.find()) {
      last = Optional.of(address.group(1));
    }
    return last;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** All that processes of this name have printed. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
