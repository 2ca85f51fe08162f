package io.sentencestreams.app.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Metrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What swaps of a real model leave in memory, and how long texts wait for them: in a process of its
 * own, whose heap is all there from the beginning, so that what grows is native memory.
 */
class SwapMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String MODEL = "all-MiniLM-L6-v2";
  private static final int SWAPS = 50;

  /** The allocator keeps some of what the first models have freed. */
  private static final int SETTLED = 15;

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @TempDir private Path folder;

  @Test
  void shouldFreeTheOldModelHoweverOftenOneTakesOverUnderLoad() throws Exception {
    assumeTrue(Files.exists(STATUS), "the memory of a process is read from /proc");
    long weights =
        Files.size(
            ModelRepository.ofUser().resolve(MODEL).directory().resolve("model.safetensors"));
    Path result = folder.resolve("resident");
    Path log = folder.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dai.djl.offline=true"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(SwapMemoryTest.class.getName(), result.toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    int status = process.waitFor();
    String said = Files.readString(log);
    assertThat(status).as(said).isZero();
    System.out.print(said);
    List<Long> resident = Files.readAllLines(result).stream().map(Long::valueOf).toList();
    assertThat(resident).hasSize(SWAPS);
    long most =
        resident.subList(0, SETTLED).stream().mapToLong(Long::longValue).max().orElseThrow();
    long last =
        resident.subList(SETTLED, SWAPS).stream().mapToLong(Long::longValue).max().orElseThrow();
    // A model that stayed would add its weights each time.
    assertThat(last - most).as(resident.toString()).isLessThan(2 * weights);
  }

  /** Runs in the process: writes the bytes that are resident after each swap into a file. */
  public static void main(String[] arguments) throws IOException {
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
    Supplier<SentenceEncoder> loader = () -> SentenceEncoder.load(MODEL, options);
    AtomicBoolean swapping = new AtomicBoolean(true);
    List<Long> resident = new ArrayList<>();
    try (Metrics metrics = new Metrics();
        MicroBatcher batcher =
            new MicroBatcher(
                loader,
                new MicroBatcherOptions(
                    2048,
                    Duration.ZERO,
                    0,
                    1 << 20,
                    Duration.ofSeconds(1),
                    0,
                    Duration.ofSeconds(1)),
                metrics)) {
      CompletableFuture<long[]> load =
          CompletableFuture.supplyAsync(() -> encodeOneByOne(batcher, swapping));
      for (int i = 0; i < SWAPS; i++) {
        batcher.swap(loader.get(), loader, false);
        resident.add(residentBytes());
      }
      swapping.set(false);
      long[] waits = load.join();
      System.out.printf(
          "%d swaps, %d texts, longest wait %d ms; resident MB: %s%n",
          SWAPS,
          waits[0],
          waits[1] / 1_000_000,
          resident.stream().map(bytes -> bytes >> 20).toList());
    }
    Files.write(Path.of(arguments[0]), resident.stream().map(String::valueOf).toList());
  }

  /** How many texts, and the longest time that one took, in nanoseconds. */
  private static long[] encodeOneByOne(MicroBatcher batcher, AtomicBoolean swapping) {
    long texts = 0;
    long longest = 0;
    while (swapping.get()) {
      long start = System.nanoTime();
      Ticket ticket = batcher.submit("a text, number " + texts, 100, Duration.ZERO);
      assertThat(ticket.await(PATIENCE.toNanos())).isInstanceOf(Outcome.Encoded.class);
      longest = Math.max(longest, System.nanoTime() - start);
      texts++;
    }
    return new long[] {texts, longest};
  }

  /**
   * Memory that only this process holds. What is mapped of the files of weights is let go by the
   * garbage collector and by the system, which can read it again.
   */
  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException("no RssAnon in " + STATUS);
  }
}
