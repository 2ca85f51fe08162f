package io.sentencestreams.app.cli;

import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The services of a compose file, as far as what it says of them has a meaning for processes: not
 * images' builds, nor networks, restarts and devices.
 */
final class ComposeFile {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$(?:(\\$)|\\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?})");
  private static final Pattern LOCAL_URL =
      Pattern.compile("http://(?:127\\.0\\.0\\.1|localhost):\\d+[^\\s\"']*");

  private final Map<String, Service> services = new LinkedHashMap<>();

  /** A volume or a file of the host, and where a service sees it. */
  record Mount(String source, String target) {
    boolean isVolume() {
      return !source.startsWith(".") && !source.startsWith("/");
    }
  }

  /**
   * One service.
   *
   * @param dependsOn other services, and in what condition they must be
   * @param ports of the container, with that of the host for each
   * @param health what its health check asks for over HTTP, if it does
   * @param profiles none: it belongs to all
   */
  record Service(
      String name,
      String image,
      List<String> command,
      Map<String, String> environment,
      Map<String, String> dependsOn,
      Map<Integer, Integer> ports,
      List<Mount> mounts,
      Optional<URI> health,
      List<String> profiles) {

    /** The image's name and its tag. */
    String repository() {
      return image.substring(0, image.lastIndexOf(':'));
    }

    String tag() {
      return image.substring(image.lastIndexOf(':') + 1);
    }
  }

  /**
   * Reads a file.
   *
   * @param environment for {@code ${NAME:-default}}
   * @throws CommandException if it cannot be read or is none
   */
  ComposeFile(Path file, Map<String, String> environment) {
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
      map(map(tree).get("services"))
          .forEach((name, service) -> services.put(name, service(name, map(service), environment)));
    } catch (IOException e) {
      throw new CommandException("%s cannot be read: %s".formatted(file, e), e);
    } catch (YAMLException | IllegalArgumentException e) {
      throw new CommandException("%s is no compose file: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Those without a profile, each after those that it depends on. */
  List<Service> inOrder() {
    Set<String> ordered = new LinkedHashSet<>();
    services.values().stream()
        .filter(service -> service.profiles().isEmpty())
        .forEach(service -> addAfterOthers(service, ordered, Set.of()));
    return ordered.stream().map(services::get).toList();
  }

  private void addAfterOthers(Service service, Set<String> ordered, Set<String> waiting) {
    if (waiting.contains(service.name())) {
      throw new CommandException("the services %s wait for each other".formatted(waiting));
    }
    Set<String> more = new LinkedHashSet<>(waiting);
    more.add(service.name());
    for (String other : service.dependsOn().keySet()) {
      if (!services.containsKey(other)) {
        throw new CommandException(
            "service %s depends on %s, which is none".formatted(service.name(), other));
      }
      addAfterOthers(services.get(other), ordered, more);
    }
    ordered.add(service.name());
  }

  private static Service service(
      String name, Map<String, Object> tree, Map<String, String> environment) {
    Map<String, String> variables = new LinkedHashMap<>();
    map(tree.get("environment"))
        .forEach((key, value) -> variables.put(key, interpolate(value, environment)));
    Map<String, String> dependsOn = new LinkedHashMap<>();
    map(tree.get("depends_on"))
        .forEach((key, value) -> dependsOn.put(key, String.valueOf(map(value).get("condition"))));
    Map<Integer, Integer> ports = new LinkedHashMap<>();
    for (Object port : list(tree.get("ports"))) {
      String[] parts = String.valueOf(port).split(":", -1);
      ports.put(
          Integer.valueOf(parts[parts.length - 1]),
          Integer.valueOf(parts[Math.max(0, parts.length - 2)]));
    }
    List<Mount> mounts = new ArrayList<>();
    for (Object volume : list(tree.get("volumes"))) {
      String[] parts = interpolate(volume, environment).split(":", -1);
      mounts.add(new Mount(parts[0], parts[1]));
    }
    return new Service(
        name,
        String.valueOf(tree.get("image")),
        list(tree.get("command")).stream().map(part -> interpolate(part, environment)).toList(),
        variables,
        dependsOn,
        ports,
        mounts,
        health(map(tree.get("healthcheck"))),
        list(tree.get("profiles")).stream().map(String::valueOf).toList());
  }

  private static Optional<URI> health(Map<String, Object> check) {
    return list(check.get("test")).stream()
        .map(String::valueOf)
        .flatMap(part -> LOCAL_URL.matcher(part).results().map(MatchResult::group))
        .map(URI::create)
        .findFirst();
  }

  private static String interpolate(Object value, Map<String, String> environment) {
    return VARIABLE
        .matcher(String.valueOf(value))
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    found.group(1) != null
                        ? "$"
                        : environment.getOrDefault(
                            found.group(2), found.group(3) == null ? "" : found.group(3))));
  }

  private static Map<String, Object> map(Object tree) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (tree instanceof Map<?, ?> entries) {
      entries.forEach((key, value) -> map.put(String.valueOf(key), value));
    } else if (tree != null) {
      throw new IllegalArgumentException("here names with values are expected: " + tree);
    }
    return map;
  }

  private static List<?> list(Object tree) {
    if (tree == null) {
      return List.of();
    }
    if (tree instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException("here a list is expected: " + tree);
  }
}
