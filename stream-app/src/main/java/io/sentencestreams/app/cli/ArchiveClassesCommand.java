package io.sentencestreams.app.cli;

import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.demo.Demo;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.streams.StreamsConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Does what the program does, in small, while the JVM records which classes that takes for its
 * class data archive. The default model is imported on the way: whatever is started next wants it.
 */
@Command(name = "archive-classes", hidden = true)
final class ArchiveClassesCommand implements Callable<Integer> {
  private static final List<String> TEXTS = List.of("A cat sits.", "A dog runs.", "A bird sings.");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    healthAndMetrics();
    try {
      ModelRepository.ofUser().resolve(ModelRepository.DEFAULT_MODEL);
    } catch (CheckpointException e) {
      // The next command says it to a person; the broker's classes can be archived without.
      spec.commandLine().getErr().println(e.getMessage());
      EmbeddedBroker.start().close();
      return 0;
    }
    return demo() ? 0 : 1;
  }

  private static boolean demo() throws IOException, InterruptedException {
    Path input = Files.createTempFile("sentence-streams", ".txt");
    try (PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      Files.write(input, TEXTS);
      return new Demo(
              new Demo.Options(input, 0, true, true, false),
              () -> SentenceEncoder.load(ModelRepository.DEFAULT_MODEL),
              nowhere)
          .run();
    } finally {
      Files.delete(input);
    }
  }

  /** They answer before there is a stream, and so without a broker. */
  private static void healthAndMetrics() throws IOException {
    Map<String, Object> properties =
        Map.of(
            CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "localhost:9092",
            StreamsConfig.APPLICATION_ID_CONFIG, "archive-classes",
            AppConfig.INPUT_TOPICS, "texts",
            AppConfig.OUTPUT_TOPIC, "embeddings",
            AppConfig.HTTP_PORT, 0);
    try (StreamService service = new StreamService(new AppConfig(properties))) {
      for (String path : List.of("/health", "/metrics")) {
        URI address = URI.create("http://127.0.0.1:" + service.httpPort().getAsInt() + path);
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        if (connection.getResponseCode() < 0) {
          throw new IOException(address + " does not answer in HTTP");
        }
      }
    }
  }
}
