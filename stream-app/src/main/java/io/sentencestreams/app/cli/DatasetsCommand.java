package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.download.DownloadException;
import io.sentencestreams.trainer.download.DatasetCatalogue;
import io.sentencestreams.trainer.download.DatasetCatalogue.Dataset;
import io.sentencestreams.trainer.download.DatasetFetcher;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

@Command(
    name = "datasets",
    description = "Public data sets to train on and to measure by.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  sentence-streams datasets list",
      "  sentence-streams datasets get AllNLI stsbenchmark --output datasets"
    })
final class DatasetsCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Option(
      names = "--catalogue",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description =
          "A catalogue of your own: a JSON list of {\"name\", \"about\", \"files\": [{\"url\","
              + " \"sha256\"}]}.")
  private Path catalogue;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print JSON, one object a line.")
  private boolean asJson;

  private DatasetCatalogue catalogue() {
    return catalogue == null ? DatasetCatalogue.standard() : DatasetCatalogue.of(catalogue);
  }

  @Command(name = "list", description = "Lists the data sets that can be fetched.")
  int list() {
    PrintWriter out = spec.commandLine().getOut();
    try {
      for (Dataset dataset : catalogue().datasets()) {
        ObjectNode node =
            JSON.createObjectNode().put("name", dataset.name()).put("about", dataset.about());
        out.println(asJson ? node : "%-28s %s".formatted(dataset.name(), dataset.about()));
      }
    } catch (DownloadException e) {
      throw new CommandException(e.getMessage(), e);
    }
    return 0;
  }

  @Command(
      name = "get",
      description = {
        "Fetches data sets, and unpacks archives. What is there already is not fetched again, and"
            + " an interrupted download goes on where it was. Prints the files; those whose"
            + " checksum is not known beforehand are named on standard error with the one that they"
            + " have."
      })
  int get(
      @Parameters(arity = "1..*", paramLabel = "NAME", description = "A name of datasets list.")
          List<String> names,
      @Option(
              names = "--output",
              defaultValue = "datasets",
              paramLabel = "DIR",
              description = "Gets a folder for each data set; default: ${DEFAULT-VALUE}.")
          Path output) {
    try {
      DatasetCatalogue all = catalogue();
      List<Dataset> chosen = names.stream().map(all::find).toList();
      for (Dataset dataset : chosen) {
        try (ProgressBar bar = Progress.bar(dataset.name(), -1)) {
          DatasetFetcher.Result result =
              new DatasetFetcher(output)
                  .fetch(
                      dataset,
                      (file, bytes) -> {
                        bar.setExtraMessage(file);
                        bar.stepTo(bytes);
                      });
          print(dataset, result);
        }
      }
    } catch (DownloadException e) {
      throw new CommandException(e.getMessage(), e);
    }
    return 0;
  }

  private void print(Dataset dataset, DatasetFetcher.Result result) {
    PrintWriter out = spec.commandLine().getOut();
    for (Path file : result.files()) {
      ObjectNode node =
          JSON.createObjectNode().put("name", dataset.name()).put("file", file.toString());
      out.println(asJson ? node : file);
    }
    dataset.files().stream()
        .filter(file -> file.sha256() == null && result.checksums().containsKey(file.name()))
        .forEach(
            file ->
                spec.commandLine()
                    .getErr()
                    .println(
                        "%s: sha256 %s"
                            .formatted(file.name(), result.checksums().get(file.name()))));
  }
}
