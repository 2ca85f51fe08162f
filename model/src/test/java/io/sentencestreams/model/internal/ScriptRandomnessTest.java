package io.sentencestreams.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * TorchScript can make generators for the CPU only, and those draw into the CPU's memory only: a
 * script that does otherwise works on a CPU and fails on every GPU.
 */
class ScriptRandomnessTest {
  private static final Pattern MADE = Pattern.compile("torch\\.Generator\\((.*)");
  private static final Pattern DRAWN =
      Pattern.compile("torch\\.\\w+\\((\\w+|torch\\.empty\\(.*?\\)),.*generator=");

  /** What draws without a generator, so that a seed would not repeat it. */
  private static final Pattern UNSEEDED =
      Pattern.compile("torch\\.(rand|dropout|bernoulli|normal|multinomial)\\w*\\((?!.*generator=)");

  static List<Path> scripts() throws IOException, URISyntaxException {
    Path folder = Path.of(Torch.class.getResource("bert_kernel.py").toURI()).getParent();
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> scripts = files.filter(file -> file.toString().endsWith(".py")).sorted().toList();
      assertThat(scripts).hasSizeGreaterThan(9);
      return scripts;
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void shouldMakeGeneratorsForTheCpuAndDrawIntoItsMemory(Path script) throws IOException {
    List<String> lines = Files.readAllLines(script);
    for (String line : lines) {
      Matcher made = MADE.matcher(line);
      if (made.find()) {
        assertThat(made.group(1)).as(line).startsWith("device=torch.device(\"cpu\")");
      }
      if (line.contains("generator=")) {
        Matcher drawn = DRAWN.matcher(line);
        assertThat(drawn.find()).as(line + ": draws into what was made for it").isTrue();
        String target = drawn.group(1);
        String making =
            lines.stream()
                .filter(l -> l.strip().startsWith(target + " = "))
                .findFirst()
                .orElse(target);
        assertThat(making).as(line).contains("torch.empty(").doesNotContain("device=");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void shouldDrawNothingWithoutASeed(Path script) throws IOException {
    if (!script.endsWith("multiply.py")) { // its numbers are multiplied and thrown away
      assertThat(Files.readAllLines(script)).noneMatch(line -> UNSEEDED.matcher(line).find());
    }
  }
}
