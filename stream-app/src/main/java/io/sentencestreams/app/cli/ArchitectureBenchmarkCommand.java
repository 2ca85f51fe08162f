package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.FileTree;
import io.sentencestreams.app.benchmark.ArchitectureBenchmark;
import io.sentencestreams.app.benchmark.PythonPeer;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "architectures",
    description = {
      "Each architecture from text to embedding, in fp32 and in the precision that is fastest here,"
          + " beside Sentence Transformers where a Python has it. All transformers have one size and"
          + " weights that have not learned anything, which changes nothing about the time."
          + " Contenders take turns; a ratio over 1 says that ours is faster."
    },
    footer = {"", "Example: sentence-streams benchmark architectures --python venv/bin/python"})
final class ArchitectureBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(
      names = "--python",
      paramLabel = "PYTHON",
      description = "An interpreter with torch and sentence-transformers; without it only ours.")
  private String python;

  @Option(
      names = "--peer",
      defaultValue = "tests/python/architecture_peer.py",
      paramLabel = "FILE",
      description = "The script that it runs; default: ${DEFAULT-VALUE}.")
  private Path script;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Architectures to measure; default: all.")
  private List<String> only;

  @Option(
      names = "--layers",
      defaultValue = "6",
      paramLabel = "N",
      description = "Layers of a transformer; default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--width",
      defaultValue = "384",
      paramLabel = "N",
      description = "Length of an embedding, a multiple of 96; default: ${DEFAULT-VALUE}.")
  private int width;

  @Option(
      names = "--texts",
      defaultValue = "96",
      paramLabel = "N",
      description = "Texts in a turn, of 5 to 256 tokens; default: ${DEFAULT-VALUE}.")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "Turns of each contender; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--json", description = "Print JSON, one object for each row.")
  private boolean asJson;

  @Override
  public Integer call() throws IOException {
    if (layers < 1 || width < 96 || width % 96 != 0 || texts < 1 || rounds < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "--layers, --texts and --rounds must be at least 1, and --width a multiple of 96");
    }
    List<String> known = ArchitectureBenchmark.architectures();
    List<String> chosen = only == null ? known : only;
    if (!known.containsAll(chosen)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--only: the architectures are " + known);
    }
    PrintWriter err = spec.commandLine().getErr();
    Path folder = Files.createTempDirectory("sentence-streams-architectures");
    try (PythonPeer peer = python == null ? null : new PythonPeer(python, script)) {
      if (peer != null) {
        err.println("beside Sentence Transformers " + peer.version());
      }
      List<ArchitectureBenchmark.Row> rows =
          new ArchitectureBenchmark(
                  ModelRepository.ofUser()
                      .resolve(ModelRepository.DEFAULT_MODEL, new ImportBars(err::println)),
                  layers,
                  width,
                  Optional.ofNullable(peer))
              .run(
                  chosen,
                  texts,
                  rounds,
                  folder,
                  architecture -> {
                    err.println("measuring: " + architecture);
                    err.flush();
                  });
      print(rows);
    } finally {
      FileTree.delete(folder);
    }
    return 0;
  }

  private void print(List<ArchitectureBenchmark.Row> rows) {
    PrintWriter out = spec.commandLine().getOut();
    if (!asJson) {
      out.printf(
          "%-14s %-7s %-5s %10s %7s %8s%n",
          "architecture", "encoder", "in", "texts/s", "ours", "cosine");
    }
    for (ArchitectureBenchmark.Row row : rows) {
      out.println(
          asJson
              ? JSON.valueToTree(row).toString()
              : String.format(
                  Locale.ROOT,
                  "%-14s %-7s %-5s %10.0f %6.2fx %8.5f",
                  row.architecture(),
                  row.contender(),
                  row.precision(),
                  row.textsPerSecond(),
                  row.ours(),
                  row.cosine()));
    }
  }
}
