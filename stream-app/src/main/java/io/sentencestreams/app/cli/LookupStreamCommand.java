package io.sentencestreams.app.cli;

import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.benchmark.LookupEncoder;
import io.sentencestreams.app.config.ConfigFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The stream with an encoder that only looks vectors up: a process for the memory benchmark. */
@Command(name = "lookup-stream", hidden = true)
final class LookupStreamCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Properties, as of the stream command.")
  private Path config;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (StreamService service = new StreamService(ConfigFile.load(config))) {
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "stop-stream"));
      service.start(LookupEncoder::new);
      Optional<Throwable> failure = service.awaitEnd();
      if (failure.isPresent()) {
        throw new CommandException(
            "the stream has ended: " + StreamsApp.describe(failure.get()), failure.get());
      }
      return 0;
    }
  }
}
