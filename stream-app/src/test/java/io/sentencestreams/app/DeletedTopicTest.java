package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An input topic is deleted under the running stream: only a person can bring it back. */
class DeletedTopicTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir private Path stateFolder;

  @Test
  void shouldEndAndNameTheInputTopicThatIsGone() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("texts", 2, (short) 1),
              new NewTopic("more-texts", 2, (short) 1),
              new NewTopic("embeddings", 2, (short) 1),
              new NewTopic("embeddings-dead-letters", 1, (short) 1)));
      try (StreamService service = new StreamService(config(broker))) {
        int port = service.httpPort().orElseThrow();
        service.start(LetterEncoder::new);
        await().atMost(PATIENCE).until(() -> get(port, "/health/ready").statusCode() == 200);
        CompletableFuture<Throwable> end = CompletableFuture.supplyAsync(() -> end(service));
        admin.deleteTopics(List.of("more-texts")).all().get();

        assertThat(StreamsApp.describe(end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)))
            .startsWith("input.topics: topic more-texts does not exist; create it");
        assertThat(get(port, "/health/live").statusCode()).isEqualTo(503);
        assertThat(get(port, "/health").body()).contains("topic more-texts does not exist");
      }
    }
  }

  private static Throwable end(StreamService service) {
    try {
      return service.awaitEnd().orElseThrow();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private AppConfig config(EmbeddedBroker broker) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("application.id", "deleted");
    properties.put("state.dir", stateFolder.toString());
    properties.put("metadata.max.age.ms", 1_000); // the deletion is noticed sooner
    properties.put(AppConfig.INPUT_TOPICS, "texts,more-texts");
    properties.put(AppConfig.HTTP_PORT, 0);
    return new AppConfig(properties);
  }

  private static HttpResponse<String> get(int port, String path)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
