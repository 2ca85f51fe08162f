package io.sentencestreams.app.query;

import static io.sentencestreams.app.query.QueryStream.PATIENCE;
import static io.sentencestreams.app.query.QueryStream.THRESHOLD;
import static io.sentencestreams.app.query.QueryStream.freePort;
import static io.sentencestreams.app.query.QueryStream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.StartedService;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.release.ReleaseLoader;
import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.TokenizedText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Queries of a window in which texts lie more than once: with vectors of two models while one takes
 * over from the other, and again as at-least-once leaves them after a crash.
 */
class WindowCopiesTest {
  /** So long that the window's own encoding takes it alone. */
  private static final String STUCK = "base0~4~" + "stuck".repeat(2000);

  private static EmbeddedBroker broker;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  /** Encodes all that comes; one text takes, at first, until it is told to go on. */
  private static final class Model extends PlaneEncoder {
    private final AtomicBoolean first = new AtomicBoolean(true);
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private final String digest;
    private final String stuck;

    Model(String letter, String stuck) {
      super(letter.repeat(12) + "-fp32");
      this.digest = letter.repeat(64);
      this.stuck = stuck;
    }

    /** While one of them is stuck the other encodes queries. */
    @Override
    public int replicas() {
      return 2;
    }

    @Override
    public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
      boolean isStuck = batch.stream().anyMatch(token -> text(token).equals(stuck));
      if (isStuck && first.getAndSet(false)) {
        reached.countDown();
        try {
          goesOn.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return super.encodeBatch(batch, replica);
    }

    @Override
    public void close() {
      goesOn.countDown();
    }
  }

  private record Loader(Model model) implements ReleaseLoader {
    @Override
    public BatchEncoder load(String version, String precision) {
      assertThat(version).isEqualTo(model.digest);
      return model;
    }

    @Override
    public void keepOnly(Set<String> versions) {
      // there are no files
    }
  }

  @Test
  void shouldFindEachTextOnceWhileAModelTakesOver() throws Exception {
    QueryStream stream = new QueryStream(broker, "takeover", folder);
    int port = freePort();
    Model before = new Model("a", null);
    Model after = new Model("b", STUCK);
    Map<String, Object> properties = stream.properties("one", port);
    properties.put("id.source", "key");
    properties.put(AppConfig.RELEASES_TOPIC, stream.createReleases());
    properties.put(AppConfig.RELEASES_FOLDER, folder.resolve("releases").toString());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      texts.add("base%d~%d~%d".formatted(i % 3, i, i));
    }
    texts.add(STUCK);
    try (StreamService service = StartedService.of(properties, () -> before, new Loader(after))) {
      WindowQueries queries = service.queries().orElseThrow();
      try {
        stream.send(texts);
        stream.awaitTexts(port, texts.size());
        stream.release(after.digest, before.digest);
        after.reached.await();
        texts.add("base0~2~new");
        stream.send(texts.subList(texts.size() - 1, texts.size()));
        stream.awaitTexts(port, texts.size());
        String newer = after.modelVersion();
        String older = before.modelVersion();
        long old = texts.size() - 1L;
        NeighboursQuery all = NeighboursQuery.ofText("base0").withK(NeighboursQuery.MAX_K);
        await()
            .atMost(PATIENCE)
            .until(() -> queries.neighbours(all.withModelVersion(newer)).neighbours().size() > 1);

        Neighbours both = queries.neighbours(all);
        assertThat(both.modelVersion()).isEqualTo(newer);
        assertThat(both.notCompared()).isEmpty();
        assertThat(words(both.neighbours())).containsExactlyInAnyOrderElementsOf(texts);
        assertThat(both.neighbours()).isSortedAccordingTo(Neighbour.BEST_FIRST);
        List<String> ofNewer = words(queries.neighbours(all.withModelVersion(newer)).neighbours());
        assertThat(ofNewer).hasSizeLessThan(texts.size()).contains("base0~2~new");
        for (Neighbour near : both.neighbours()) {
          if (ofNewer.contains(near.text().text())) {
            assertThat(near.text().modelVersion()).isEqualTo(newer);
          } else if (near.text().text().equals(STUCK)) {
            assertThat(near.text().modelVersion()).isEqualTo(older);
          }
        }
        Neighbours ofOlder = queries.neighbours(all.withModelVersion(older));
        assertThat(ofOlder.modelVersion()).isEqualTo(older);
        assertThat(ofOlder.neighbours())
            .hasSize(texts.size() - 1)
            .allMatch(near -> near.text().modelVersion().equals(older));

        // What one vector is not compared with is said.
        Neighbours byVector =
            queries.neighbours(NeighboursQuery.ofVector(PlaneEncoder.embedding("base0")));
        assertThat(byVector.notCompared()).isEqualTo(Map.of(older, old));
        JsonNode json =
            ok(stream.post(port, "{\"text\":\"a\",\"model_version\":\"" + newer + "\"}"));
        assertThat(json.path("not_compared").path(older).asLong()).isEqualTo(old);

        assertDuplicates(queries, texts);
      } finally {
        after.goesOn.countDown();
      }
      NeighboursQuery byVector =
          NeighboursQuery.ofVector(PlaneEncoder.embedding("base0")).withK(NeighboursQuery.MAX_K);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                Neighbours found = queries.neighbours(byVector);
                assertThat(found.notCompared()).isEmpty();
                assertThat(words(found.neighbours())).containsExactlyInAnyOrderElementsOf(texts);
              });
      assertDuplicates(queries, texts);
    }
  }

  /** Of each text all that are near it, whatever version either has a vector of. */
  private static void assertDuplicates(WindowQueries queries, List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      Duplicates found = queries.duplicates("key" + i, 1000, false);
      assertThat(found.text().text()).isEqualTo(text);
      assertThat(words(found.duplicates()))
          .containsExactlyInAnyOrderElementsOf(
              texts.stream()
                  .filter(other -> !other.equals(text))
                  .filter(
                      other ->
                          PlaneEncoder.cosine(
                                  PlaneEncoder.embedding(text), PlaneEncoder.embedding(other))
                              >= THRESHOLD)
                  .toList());
      assertThat(found.more()).isFalse();
      assertThat(found.notCompared()).isEmpty();
    }
  }

  @Test
  void shouldFindEachTextOnceThatLiesInTheWindowAgain() throws Exception {
    QueryStream stream = new QueryStream(broker, "again", folder);
    int port = freePort();
    Map<String, Object> properties = stream.properties("one", port);
    properties.put("id.source", "key");
    properties.put("repartition.purge.interval.ms", Integer.MAX_VALUE);
    List<String> texts = List.of("base0", "base0~1~1", "base0~2~2", "base0~3~3", "base1", "base2");
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v1"))) {
      WindowQueries queries = service.queries().orElseThrow();
      stream.send(texts);
      stream.awaitTexts(port, texts.size());
      stream.sendWindowAgain();
      await().atMost(PATIENCE).until(() -> stream.windowTexts(port) == 2 * texts.size());
      NeighboursQuery byVector = NeighboursQuery.ofVector(PlaneEncoder.embedding("base0"));
      assertThat(words(queries.neighbours(byVector.withK(1000)).neighbours()))
          .containsExactlyInAnyOrderElementsOf(texts);
      assertThat(words(queries.neighbours(byVector.withK(4)).neighbours()))
          .containsExactly("base0", "base0~1~1", "base0~2~2", "base0~3~3");
      Duplicates all = queries.duplicates("key0", 3, false);
      assertThat(words(all.duplicates())).containsExactly("base0~1~1", "base0~2~2", "base0~3~3");
      assertThat(all.more()).isFalse();
      Duplicates some = queries.duplicates("key0", 2, false);
      assertThat(words(some.duplicates())).containsExactly("base0~1~1", "base0~2~2");
      assertThat(some.more()).isTrue();
    }
  }

  private static List<String> words(List<Neighbour> neighbours) {
    return neighbours.stream().map(near -> near.text().text()).toList();
  }
}
