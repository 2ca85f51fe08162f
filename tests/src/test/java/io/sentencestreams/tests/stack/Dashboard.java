package io.sentencestreams.tests.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names that the queries of a Grafana dashboard use. */
final class Dashboard {
  private static final Pattern NAME = Pattern.compile("(?<![a-zA-Z0-9_:])[a-zA-Z_:][a-zA-Z0-9_:]*");

  /** What is no metric: labels in braces, ranges, strings, and the labels that are grouped by. */
  private static final Pattern NO_METRIC =
      Pattern.compile(
          "\\{[^}]*}|\\[[^]]*]|\"[^\"]*\"|\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

  private static final Set<String> OPERATORS =
      Set.of("and", "or", "unless", "bool", "offset", "atan2");

  private Dashboard() {}

  /** The expressions of all panels. */
  static List<String> expressions(Path file) throws IOException {
    List<String> expressions = new ArrayList<>();
    for (JsonNode panel : new ObjectMapper().readTree(file.toFile()).path("panels")) {
      panel.path("targets").forEach(target -> expressions.add(target.path("expr").asText()));
    }
    return expressions;
  }

  /** The metrics that a PromQL expression reads. */
  static Set<String> metrics(String expression) {
    String rest = NO_METRIC.matcher(expression).replaceAll(" ");
    Set<String> names = new TreeSet<>();
    Matcher name = NAME.matcher(rest);
    while (name.find()) {
      // "sum by (x) (...)" too: what stood between is gone.
      boolean function = rest.substring(name.end()).stripLeading().startsWith("(");
      if (!function && !OPERATORS.contains(name.group())) {
        names.add(name.group());
      }
    }
    return names;
  }

  /** The metrics of one scrape. */
  static Set<String> scraped(String text) {
    Set<String> names = new TreeSet<>();
    text.lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
    return names;
  }
}
