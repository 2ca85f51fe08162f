package io.sentencestreams.model.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.TinyCheckpoint;
import io.sentencestreams.model.repository.ImportProgress.Step;
import io.sentencestreams.model.repository.ModelRepository.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(600)
class ConcurrentImportTest {
  @TempDir private Path home;

  @Test
  void shouldLetASecondProcessWaitAndUseWhatTheFirstImported() throws Exception {
    Path source = TinyCheckpoint.write(home.resolve("source/tiny"));
    String digest = Checkpoint.open(source).digest();
    try (ImportProcess first = new ImportProcess(home, source.toString(), Step.VERIFY)) {
      assertThat(first.nextLine()).isEqualTo("READ");
      assertThat(first.nextLine()).isEqualTo("WRITE");
      assertThat(first.nextLine()).isEqualTo("VERIFY");
      try (ImportProcess second = new ImportProcess(home, source.toString(), Step.READ)) {
        assertThat(second.nextLine()).isEqualTo("WAIT");
        assertThat(imported()).isEmpty();

        first.proceed();

        assertThat(first.nextLine()).isEqualTo(digest);
        assertThat(second.nextLine()).isEqualTo(digest);
        assertThat(second.nextLine()).isNull();
      }
    }
    new ModelRepository(home).show("tiny").verify();
  }

  @Test
  void shouldTakeOverFromAProcessThatWasKilled() throws Exception {
    Path source = TinyCheckpoint.write(home.resolve("source/tiny"));
    try (ImportProcess first = new ImportProcess(home, source.toString(), Step.VERIFY)) {
      assertThat(first.nextLine()).isEqualTo("READ");
      assertThat(first.nextLine()).isEqualTo("WRITE");
      assertThat(first.nextLine()).isEqualTo("VERIFY");
      try (ImportProcess second = new ImportProcess(home, source.toString(), Step.WAIT)) {
        assertThat(second.nextLine()).isEqualTo("WAIT");

        first.kill();
        second.proceed();

        assertThat(second.nextLine()).isEqualTo("READ");
        assertThat(second.nextLine()).isEqualTo("WRITE");
        assertThat(second.nextLine()).isEqualTo("VERIFY");
        assertThat(second.nextLine()).isEqualTo(Checkpoint.open(source).digest());
      }
    }
    new ModelRepository(home).show("tiny").verify();
  }

  @Test
  void shouldShowNothingOfAKilledImportAndCleanItUpLater() throws Exception {
    try (ImportProcess process = new ImportProcess(home, "all-MiniLM-L6-v2", Step.VERIFY)) {
      assertThat(process.nextLine()).isEqualTo("READ");
      assertThat(process.nextLine()).isEqualTo("WRITE");
      assertThat(process.nextLine()).isEqualTo("VERIFY");
      process.kill();
    }
    Path leftover = home.resolve("models/.staging/all-MiniLM-L6-v2");
    assertThat(leftover.resolve("scratch/model.onnx")).exists();
    assertThat(leftover.resolve("checkpoint/model.safetensors")).exists();
    assertThat(imported()).isEmpty();
    Path alien = Files.writeString(leftover.resolve("checkpoint/alien.txt"), "of the killed one");

    Checkpoint checkpoint = new ModelRepository(home).resolve("all-MiniLM-L6-v2");

    checkpoint.verify();
    assertThat(checkpoint.directory().resolve(alien.getFileName())).doesNotExist();
    assertThat(leftover).doesNotExist();
  }

  @Test
  void shouldImportOnceWhenManyThreadsAskAtOnce() throws Exception {
    Path source = TinyCheckpoint.write(home.resolve("source/tiny"));
    ModelRepository repository = new ModelRepository(home);
    AtomicInteger reads = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<String> importing =
          () ->
              repository
                  .importModel(
                      source.toString(),
                      (model, step) -> {
                        if (step == Step.READ) {
                          reads.incrementAndGet();
                        }
                      })
                  .digest();
      List<String> digests = new ArrayList<>();
      for (Future<String> future : threads.invokeAll(List.of(importing, importing, importing))) {
        digests.add(future.get());
      }
      assertThat(digests).containsOnly(Checkpoint.open(source).digest());
    } finally {
      threads.shutdownNow();
    }
    assertThat(reads).hasValue(1);
  }

  private List<String> imported() {
    return new ModelRepository(home)
        .list().stream().filter(entry -> entry.directory().isPresent()).map(Entry::name).toList();
  }
}
