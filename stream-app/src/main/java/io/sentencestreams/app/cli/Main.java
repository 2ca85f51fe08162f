package io.sentencestreams.app.cli;

import io.sentencestreams.app.StreamStartException;
import io.sentencestreams.app.broker.EmbeddedBrokerException;
import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Results go to standard output, everything else to standard error; exit code 0
 * is done, 1 failed, 2 wrong usage.
 */
@Command(
    name = "sentence-streams",
    description = "Streaming sentence embeddings on Apache Kafka.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Main.Version.class,
    footer = {"", "sentence-streams COMMAND --help tells about one command."})
public final class Main {
  private static final int FAILED = 1;

  /** Whose messages are written for a person and say enough. */
  private static final List<Class<? extends Exception>> EXPLAINED =
      List.of(
          CommandException.class,
          EmbeddedBrokerException.class,
          CheckpointException.class,
          EncoderException.class,
          StreamStartException.class,
          KafkaException.class);

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean version;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log more, and show stack traces.")
  private boolean verbose;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    configureLogging(Arrays.asList(args).contains("--verbose"));
    CommandLine commandLine = commandLine();
    commandLine.setOut(utf8(FileDescriptor.out));
    commandLine.setErr(utf8(FileDescriptor.err));
    int exitCode = commandLine.execute(args);
    commandLine.getOut().flush();
    commandLine.getErr().flush();
    System.exit(exitCode);
  }

  /** The commands, for a caller that has its own streams. */
  static CommandLine commandLine() {
    Main main = new Main();
    CommandLine commandLine =
        new CommandLine(main)
            .addSubcommand(new DemoCommand())
            .addSubcommand(new StreamCommand())
            .addSubcommand(new EmbedCommand())
            .addSubcommand(new SearchCommand())
            .addSubcommand(new ScoreCommand())
            .addSubcommand(new ClusterCommand())
            .addSubcommand(new DuplicatesCommand())
            .addSubcommand(new MineCommand())
            .addSubcommand(new EvaluateCommand())
            .addSubcommand(new TrainCommand())
            .addSubcommand(new DatasetsCommand())
            .addSubcommand(new RetrainCommand())
            .addSubcommand(new ReleasesCommand())
            .addSubcommand(new ModelsCommand())
            .addSubcommand(new ProduceCommand())
            .addSubcommand(new ConsumeCommand())
            .addSubcommand(new DeadLettersCommand())
            .addSubcommand(new QueryCommand())
            .addSubcommand(new BrokerCommand())
            .addSubcommand(new StackCommand())
            .addSubcommand(new BenchmarkCommand())
            .addSubcommand(new ArchiveClassesCommand());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler((e, command, parsed) -> main.explain(e, command));
    return commandLine;
  }

  private int explain(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    if (verbose) {
      e.printStackTrace(err);
    }
    boolean explained =
        EXPLAINED.stream().anyMatch(type -> type.isInstance(e))
            || e instanceof InvalidPathException;
    err.println(
        "sentence-streams: "
            + (explained ? e.getMessage() : e + (verbose ? "" : " (--verbose shows where)")));
    err.flush();
    return FAILED;
  }

  /** Before the first logger is made. */
  private static void configureLogging(boolean verbose) {
    if (System.getProperty("log4j2.configurationFile") == null) {
      System.setProperty("log4j2.configurationFile", "sentence-streams-log4j2.xml");
    }
    if (verbose) {
      System.setProperty("sentencestreams.log.level", "INFO");
      System.setProperty("sentencestreams.log.libraries", "WARN");
      System.setProperty("sentencestreams.log.appender", "stderr-traces");
    }
  }

  private static PrintWriter utf8(FileDescriptor descriptor) {
    return new PrintWriter(
        new BufferedWriter(
            new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8)),
        false);
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"sentence-streams " + (version == null ? "(not packaged)" : version)};
    }
  }
}
