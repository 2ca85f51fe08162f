package io.sentencestreams.app.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "dead-letters",
    description = "Sends dead letters back once their cause is mended.",
    synopsisSubcommandLabel = "COMMAND")
final class DeadLettersCommand {
  @Spec private CommandSpec spec;

  @Command(
      name = "resend",
      description = {
        "Sends dead letters back to the topics that they came from, without their error headers.",
        "Letters and the place up to which they were sent back commit together, some at a time, so",
        "an --all that was interrupted goes on where it was, and the next sends only what came since."
      },
      footer = {
        "",
        "Examples:",
        "  sentence-streams dead-letters resend --topic dead-letters --all --dry-run",
        "  sentence-streams dead-letters resend --topic dead-letters --offsets 0:17-20"
      })
  int resend(
      @Mixin KafkaOptions kafka,
      @Option(
              names = "--topic",
              required = true,
              paramLabel = "T",
              description = "The dead-letter topic.")
          String topic,
      @Option(names = "--all", description = "All letters that were not sent back by --all before.")
          boolean all,
      @Option(
              names = "--offsets",
              paramLabel = "PARTITION:FROM-TO",
              description = "Exactly these letters, sent before or not; may be repeated.")
          List<String> offsets,
      @Option(
              names = "--group",
              defaultValue = "sentence-streams-resend",
              paramLabel = "G",
              description = "Consumer group that remembers; default: ${DEFAULT-VALUE}.")
          String group,
      @Option(
              names = Resending.SKIP,
              description = {
                "Leave out, and name, letters that cannot be sent back: their record or topic is gone,",
                "the topic refuses them, or they are none. Else the first of them ends the command."
              })
          boolean skip,
      @Option(names = "--dry-run", description = "Say what would be sent, and send nothing.")
          boolean dryRun) {
    if (all == (offsets != null)) {
      throw new ParameterException(
          spec.commandLine(), "say which letters: either --all or --offsets");
    }
    List<TopicPartition> partitions = kafka.partitions(topic);
    List<OffsetRange> named = new ArrayList<>();
    for (String range : offsets == null ? List.<String>of() : offsets) {
      named.add(OffsetRange.parse(range, topic, partitions, spec.commandLine()));
    }
    try (Resending resending =
        new Resending(kafka.properties(), group, dryRun, skip, spec.commandLine())) {
      if (all) {
        resending.all(partitions);
      } else {
        resending.ranges(partitions, named);
      }
      spec.commandLine()
          .getErr()
          .printf(
              "%d dead letters %s%s%n",
              resending.sent(),
              dryRun ? "would be sent back" : "sent back",
              resending.skipped() == 0 ? "" : ", %d left out".formatted(resending.skipped()));
      return 0;
    }
  }
}
