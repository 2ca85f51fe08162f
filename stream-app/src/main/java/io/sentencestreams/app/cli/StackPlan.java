package io.sentencestreams.app.cli;

import io.sentencestreams.app.cli.ComposeFile.Mount;
import io.sentencestreams.app.cli.ComposeFile.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * How services of a compose file run as processes of one machine: by which program, and where their
 * addresses and folders are. Configuration files are copied with these put in.
 */
final class StackPlan {
  private static final String BROKER = "apache/kafka";
  private static final String REGISTRY = "apicurio/apicurio-registry";
  private static final String OURS = "sentence-streams/program";

  /** Said by the network of containers or by the image; here the program says it. */
  private static final List<String> BROKERS_OWN =
      List.of(
          "node.id",
          "process.roles",
          "listeners",
          "advertised.listeners",
          "listener.security.protocol.map",
          "inter.broker.listener.name",
          "controller.listener.names",
          "controller.quorum.voters",
          "log.dirs");

  private final Path root;
  private final Path data;
  private final boolean freePorts;
  private final Map<String, String> overrides;
  private final Set<String> used = new TreeSet<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private final Pattern addresses;

  /** What is started for a service. */
  record Program(List<String> command, Map<String, String> environment, Optional<URI> health) {}

  /**
   * A plan.
   *
   * @param root the folder of the compose file
   * @param data where volumes, configurations and logs lie
   * @param freePorts whether ports of the host are any that are free, and not the file's
   * @param overrides values of keys, in each configuration file that has the key
   */
  StackPlan(
      Path root,
      Path data,
      List<Service> services,
      boolean freePorts,
      Map<String, String> overrides) {
    this.root = root;
    this.data = data;
    this.freePorts = freePorts;
    this.overrides = overrides;
    String names =
        services.stream().map(s -> Pattern.quote(s.name())).collect(Collectors.joining("|"));
    this.addresses = Pattern.compile("(?<![\\w.-])(" + names + "):(\\d{2,5})(?!\\d)");
    for (Service service : services) {
      service.ports().forEach((inside, outside) -> assign(service, inside, outside));
    }
  }

  /** The program of a service; empty if there is none for its image. */
  Optional<Program> program(Service service) throws IOException {
    return switch (service.image().contains(":") ? service.repository() : service.image()) {
      case BROKER -> Optional.of(broker(service));
      case REGISTRY -> Optional.of(registry(service));
      case OURS -> Optional.of(ours(service));
      default -> Optional.empty();
    };
  }

  /** Keys of values that no configuration file of the programs so far has. */
  Set<String> unused() {
    Set<String> unused = new TreeSet<>(overrides.keySet());
    unused.removeAll(used);
    return unused;
  }

  private static boolean isBroker(Service service) {
    return service.image().startsWith(BROKER + ":");
  }

  /** Where clients on this machine find a broker; empty if it is none. */
  Optional<String> bootstrapServers(Service service) {
    return isBroker(service)
        ? Optional.of("localhost:" + port(service.name(), 0))
        : Optional.empty();
  }

  private Program broker(Service service) {
    if (!service.tag().equals(AppInfoParser.getVersion())) {
      throw new CommandException(
          "%s asks for Kafka %s, and this program has %s"
              .formatted(service.name(), service.tag(), AppInfoParser.getVersion()));
    }
    List<String> command = new ArrayList<>(java());
    command.addAll(
        List.of(
            "broker",
            "--data",
            rewrite(service, service.environment().get("KAFKA_LOG_DIRS")),
            "--port",
            Integer.toString(port(service.name(), 0))));
    new TreeMap<>(service.environment())
        .forEach(
            (name, value) -> {
              String key = name.replaceFirst("^KAFKA_", "").toLowerCase(Locale.ROOT);
              key = key.replace('_', '.');
              if (name.startsWith("KAFKA_") && !BROKERS_OWN.contains(key)) {
                command.addAll(List.of("--property", key + "=" + value));
              }
            });
    return new Program(command, Map.of(), Optional.empty());
  }

  private Program registry(Service service) {
    Path runner =
        root.resolve("schemas/target/apicurio")
            .resolve("apicurio-registry-app-%s-runner.jar".formatted(service.tag()));
    if (!Files.isRegularFile(runner)) {
      throw new CommandException(
          "%s is missing; Maven fetches it: mvn -pl schemas generate-test-resources"
              .formatted(runner));
    }
    Map<String, String> environment = new HashMap<>(service.environment());
    environment.put("QUARKUS_HTTP_HOST", "localhost");
    environment.put("QUARKUS_HTTP_PORT", Integer.toString(port(service.name(), 8080)));
    return new Program(
        List.of(javaBinary(), "-Xmx256m", "-jar", runner.toString()), environment, health(service));
  }

  private Program ours(Service service) throws IOException {
    List<String> command = new ArrayList<>(java());
    for (String argument : service.command()) {
      command.add(rewrite(service, argument));
    }
    for (Mount mount : service.mounts()) {
      if (isConfiguration(mount)) {
        copyConfiguration(service, mount);
      }
    }
    return new Program(command, service.environment(), health(service));
  }

  private Optional<URI> health(Service service) {
    return service
        .health()
        .map(
            inside ->
                URI.create(
                    "http://localhost:%d%s"
                        .formatted(port(service.name(), inside.getPort()), inside.getPath())));
  }

  /** This program, on its own class path, as the launcher starts it. */
  private static List<String> java() {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(javaBinary(), "-Xmx1g", "-XX:+UseParallelGC", "-Dai.djl.offline=true"));
    String more = System.getenv("SENTENCE_STREAMS_OPTS");
    if (more != null && !more.isBlank()) {
      command.addAll(List.of(more.strip().split("\\s+")));
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    return command;
  }

  private static String javaBinary() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static boolean isConfiguration(Mount mount) {
    return !mount.isVolume() && mount.source().endsWith(".properties");
  }

  private void copyConfiguration(Service service, Mount mount) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(root.resolve(mount.source()))) {
      int equals = line.indexOf('=');
      if (equals < 0 || line.startsWith("#")) {
        lines.add(line);
      } else {
        String key = line.substring(0, equals).strip();
        lines.add(key + "=" + property(service, key, line.substring(equals + 1).strip()));
      }
    }
    Path copy = place(service, mount);
    Files.createDirectories(Objects.requireNonNull(copy.getParent()));
    Files.write(copy, lines);
  }

  private String property(Service service, String key, String value) {
    if (overrides.containsKey(key)) {
      used.add(key);
      return overrides.get(key);
    }
    return switch (key) {
      case "http.host" -> "localhost";
      case "http.port" -> Integer.toString(port(service.name(), Integer.parseInt(value)));
      default -> rewrite(service, value);
    };
  }

  /** Puts this machine's addresses and folders in the place of a container's. */
  private String rewrite(Service service, String text) {
    String local =
        addresses
            .matcher(text)
            .replaceAll(
                found -> "localhost:" + port(found.group(1), Integer.parseInt(found.group(2))));
    List<Mount> longestFirst =
        service.mounts().stream()
            .sorted(Comparator.comparingInt((Mount mount) -> -mount.target().length()))
            .toList();
    for (Mount mount : longestFirst) {
      local =
          local.replaceAll(
              "(?<![^\\s,=])" + Pattern.quote(mount.target()) + "(?=[/\\s,]|$)",
              Matcher.quoteReplacement(place(service, mount).toString()));
    }
    return local;
  }

  private Path place(Service service, Mount mount) {
    if (mount.isVolume()) {
      return data.resolve("volumes").resolve(mount.source());
    }
    return isConfiguration(mount)
        ? data.resolve("config")
            .resolve(service.name())
            .resolve(Objects.requireNonNull(Path.of(mount.target()).getFileName()))
        : root.resolve(mount.source()).normalize();
  }

  private void assign(Service service, int inside, int outside) {
    ports.putIfAbsent(key(service.name(), inside), freePorts ? freshPort() : outside);
    if (isBroker(service)) {
      // It has one listener here, whatever it has in its container.
      ports.putIfAbsent(key(service.name(), 0), port(service.name(), inside));
    }
  }

  /** The port of this machine for that of a container; 0 for a broker's only one. */
  private int port(String service, int inside) {
    Integer brokers = ports.get(key(service, 0));
    return brokers != null
        ? brokers
        : ports.computeIfAbsent(key(service, inside), key -> freshPort());
  }

  private static String key(String service, int port) {
    return service + ":" + port;
  }

  /** A free one that no other service has been given. */
  private int freshPort() {
    int port = freePort();
    while (ports.containsValue(port)) {
      port = freePort();
    }
    return port;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new CommandException("no port is free: " + e.getMessage(), e);
    }
  }
}
