package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.schemas.releases.ReleaseLog;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseRecord.Action;
import io.sentencestreams.trainer.retraining.ReleaseControl;
import io.sentencestreams.trainer.retraining.RetrainException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "releases",
    description = "Lists the released models, and decides which one the stream uses.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "A version may be cut short, as long as it names one release, or the parent of one.",
      "",
      "Examples:",
      "  sentence-streams releases list --config retrain.properties",
      "  sentence-streams releases rollback --config retrain.properties 3fa91c0b",
      "  sentence-streams releases pin --config retrain.properties 3fa91c0b"
    })
final class ReleasesCommand {
  @Spec private CommandSpec spec;

  /** What all of them need. */
  static final class Common {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "Properties of the retraining service.")
    private Path config;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
    private String reason;

    private ReleaseControl open() {
      try {
        return new ReleaseControl(RetrainFile.load(config));
      } catch (RetrainException e) {
        throw new CommandException(e.getMessage(), e);
      }
    }
  }

  @Command(
      name = "list",
      description = "Prints one JSON object for each release, the oldest first.")
  int list(@Mixin Common common) {
    PrintWriter out = spec.commandLine().getOut();
    ObjectMapper mapper = new ObjectMapper();
    try (ReleaseControl control = common.open()) {
      ReleaseLog log = control.read();
      for (ReleaseRecord release : log.releases()) {
        ObjectNode json =
            mapper
                .createObjectNode()
                .put("version", release.version())
                .put("time", Instant.ofEpochMilli(release.timeMillis()).toString())
                .put("run", release.runId())
                .put("parent", release.parent())
                .put("current", release.version().equals(log.current().orElse(null)))
                .put("pinned", release.version().equals(log.pinned().orElse(null)));
        ObjectNode scores = json.putObject("scores");
        release
            .scores()
            .forEach(
                (name, score) ->
                    scores
                        .putObject(name)
                        .put("before", score.before())
                        .put("after", score.after()));
        out.println(json);
      }
    }
    return 0;
  }

  @Command(
      name = "rollback",
      description = "Makes an earlier release the current one, until the next release.")
  int rollback(@Mixin Common common, @Parameters(paramLabel = "VERSION") String version) {
    return decide(common, Action.ROLLBACK, version);
  }

  @Command(
      name = "pin",
      description = "Keeps a release the current one; no run starts until it is unpinned.")
  int pin(@Mixin Common common, @Parameters(paramLabel = "VERSION") String version) {
    return decide(common, Action.PIN, version);
  }

  @Command(name = "unpin", description = "Makes the newest release the current one again.")
  int unpin(@Mixin Common common) {
    return decide(common, Action.UNPIN, null);
  }

  private int decide(Common common, Action action, String version) {
    try (ReleaseControl control = common.open()) {
      String whole = version == null ? null : whole(control.read(), version);
      control.decide(action, whole, common.reason);
      spec.commandLine()
          .getOut()
          .println(action.name().toLowerCase(Locale.ROOT) + (whole == null ? "" : " " + whole));
    } catch (RetrainException e) {
      throw new CommandException(e.getMessage(), e);
    }
    return 0;
  }

  private static String whole(ReleaseLog log, String version) {
    List<String> found =
        log.releases().stream()
            .flatMap(release -> Stream.of(release.parent(), release.version()))
            .filter(known -> known != null && known.startsWith(version))
            .distinct()
            .toList();
    if (found.size() != 1) {
      throw new CommandException(
          "%s names %d models; 'releases list' shows the releases and their parents"
              .formatted(version, found.size()));
    }
    return found.get(0);
  }
}
