package io.sentencestreams.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArithmeticChooserTest {
  @TempDir private Path folder;

  @Test
  void shouldMakeOneChoiceForThoseThatStartAtOnce() {
    CountDownLatch measuring = new CountDownLatch(1);
    CountDownLatch measured = new CountDownLatch(1);
    CompletableFuture<Arithmetic> first =
        CompletableFuture.supplyAsync(
            () ->
                choose(
                    (checkpoint, device, candidates) -> {
                      measuring.countDown();
                      await(measured);
                      return withTheLastFastest(candidates);
                    }));
    await(measuring);
    CompletableFuture<Arithmetic> second = new CompletableFuture<>();
    Thread other =
        new Thread(
            () ->
                second.complete(
                    choose(
                        (checkpoint, device, candidates) -> {
                          throw new IllegalStateException("it measures too");
                        })));
    other.setUncaughtExceptionHandler((thread, failure) -> second.completeExceptionally(failure));
    other.start();
    while (other.isAlive() && other.getState() != Thread.State.WAITING) {
      Thread.onSpinWait(); // until it waits for the first one's choice
    }
    measured.countDown();
    assertThat(second.join()).isEqualTo(first.join());
  }

  private Arithmetic choose(ArithmeticChooser.Measurement measurement) {
    Checkpoint checkpoint = Golden.of("mean").checkpoint();
    return new ArithmeticChooser(folder.resolve("choices"), measurement)
        .choose(checkpoint, checkpoint.digest(), Device.cpu(), Precision.AUTO);
  }

  private static Map<Arithmetic, Double> withTheLastFastest(List<Arithmetic> candidates) {
    Map<Arithmetic, Double> rates = new HashMap<>();
    candidates.forEach(candidate -> rates.put(candidate, 1.0));
    rates.put(candidates.get(candidates.size() - 1), 1000.0);
    return rates;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
