package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.demo.Demo;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    description =
        "Shows the main job with no other program: a Kafka broker in this process, a topic of texts,"
            + " a topic of embeddings, and each text's nearest neighbours so far.",
    footer = {
      "",
      "Examples:",
      "  sentence-streams demo",
      "  sentence-streams demo --input titles.txt --exit-when-done"
    })
final class DemoCommand implements Callable<Integer> {
  /** Set by the launcher: Java cannot tell whether standard output is a terminal. */
  private static final String TERMINAL = "sentencestreams.terminal.out";

  private static final long STOP_SECONDS = 30;

  @Spec private CommandSpec spec;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "Feed the lines of a file instead of the texts that come with the program.")
  private Path input;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "-1",
      description =
          "Texts per second; 0: as fast as they are taken; default: 25 for the texts that come with"
              + " the program, else 0.")
  private double rate;

  @Option(names = "--exit-when-done", description = "End when all texts are through.")
  private boolean exitWhenDone;

  @Option(
      names = "--start-account",
      hidden = true,
      description = "At the end print when which part of the start was done, for benchmark start.")
  private boolean account;

  @Option(
      names = "--model",
      paramLabel = "M",
      defaultValue = ModelRepository.DEFAULT_MODEL,
      description = "Model; default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "auto",
      description = "auto, fp32, bf16, fp16 or int8; default: ${DEFAULT-VALUE}.")
  private String precision;

  @Override
  public Integer call() throws InterruptedException {
    if (input != null && Files.isDirectory(input)) {
      throw new CommandException("--input: " + input + " is a folder; give a file of lines");
    }
    if (input != null && !Files.isReadable(input)) {
      throw new CommandException("--input: there is no readable file " + input);
    }
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(precision());
    Demo demo =
        new Demo(
            new Demo.Options(input, rate, exitWhenDone, Boolean.getBoolean(TERMINAL), account),
            () -> SentenceEncoder.load(model, options),
            new PrintStream(
                new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8));
    Thread runner = Thread.currentThread();
    CountDownLatch stopped = new CountDownLatch(1);
    // Ctrl-C: the broker and the stream are stopped and their folders deleted before the end.
    Thread hook =
        new Thread(
            () -> {
              runner.interrupt();
              try {
                if (!stopped.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                  spec.commandLine().getErr().println("The demo did not stop in time.");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop-demo");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      boolean complete = demo.run();
      if (account) {
        spec.commandLine().getOut().println(accountLine(demo));
      }
      return complete ? 0 : 1;
    } finally {
      stopped.countDown();
    }
  }

  private static String accountLine(Demo demo) {
    return new ObjectMapper().valueToTree(demo.startAccount().moments()).toString();
  }

  private Precision precision() {
    try {
      return Precision.parse(precision);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--precision: " + e.getMessage(), e);
    }
  }
}
