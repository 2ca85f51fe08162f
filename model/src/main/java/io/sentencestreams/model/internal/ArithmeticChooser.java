package io.sentencestreams.model.internal;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses how a model computes on a device, by measuring, and remembers it in a small file: vectors
 * of two precisions are not equal, so a choice must not change from one start to the next. Of those
 * that start at once, in this process or in others, one measures and the others take its choice.
 */
public final class ArithmeticChooser {
  private static final Logger log = LoggerFactory.getLogger(ArithmeticChooser.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Half precision changes the vectors, so a small gain is no reason for it. */
  private static final double WORTHWHILE_GAIN = 1.3;

  private static final int SEQUENCES = 4;
  private static final int LENGTH = 32;
  private static final int ROUNDS = 5;

  /** A file lock belongs to the process, so threads need one of their own. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final Path directory;
  private final Measurement measurement;

  /** How fast each candidate is, in tokens per second. */
  interface Measurement {
    Map<Arithmetic, Double> rates(
        Checkpoint checkpoint, Device device, List<Arithmetic> candidates);
  }

  /** Remembers choices in files of this directory, which is created when one is made. */
  public ArithmeticChooser(Path directory) {
    this(directory, ArithmeticChooser::measure);
  }

  ArithmeticChooser(Path directory, Measurement measurement) {
    this.directory = directory;
    this.measurement = measurement;
  }

  /** What was chosen earlier for this model and device, or else what is measured to be fastest. */
  @SuppressWarnings("try") // the lock is held meanwhile
  public Arithmetic choose(
      Checkpoint checkpoint, String digest, Device device, Precision precision) {
    if (precision != Precision.INT8 && !checkpoint.hasTransformer()) {
      return new Arithmetic(Precision.FP32, false); // tables and small steps gain nothing
    }
    String identity = Devices.identity(device);
    Path file = directory.resolve(fileName(digest, identity, precision));
    Optional<Arithmetic> remembered = read(file);
    if (remembered.isPresent()) {
      return remembered.get();
    }
    List<Arithmetic> candidates = candidates(device, precision);
    if (candidates.isEmpty()) {
      log.warn("{} on this device has no fast path: expect it to be slower than fp32", precision);
      return new Arithmetic(precision, false);
    }
    THREADS.lock();
    try (Closeable lock = lock()) {
      Optional<Arithmetic> others = read(file);
      if (others.isPresent()) {
        return others.get();
      }
      Map<Arithmetic, Double> rates = measurement.rates(checkpoint, device, candidates);
      Arithmetic best = best(rates);
      log.info("{} on {}: chose {} of {} (tokens/s)", checkpoint.name(), device, best, rates);
      write(file, best, rates, identity);
      return best;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock " + directory, e);
    } finally {
      THREADS.unlock();
    }
  }

  /** Keeps other processes out until it is closed, where anything can be kept at all. */
  private Closeable lock() {
    FileChannel channel;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolveSibling(directory.getFileName() + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      return () -> {}; // and whoever writes the choice will say so
    }
    try {
      return channel.lock().acquiredBy(); // the channel, which holds the lock until it is closed
    } catch (IOException e) {
      log.warn("{} cannot be locked: processes that start at once may choose apart", directory, e);
      return channel;
    }
  }

  private static List<Arithmetic> candidates(Device device, Precision precision) {
    if (precision == Precision.INT8) {
      return device.isGpu()
          ? List.of(new Arithmetic(precision, false)) // refused where it is used
          : TransformerReplica.int8Candidates();
    }
    return TransformerReplica.candidates(device).stream()
        .filter(c -> precision == Precision.AUTO || c.precision() == precision)
        .toList();
  }

  private static Arithmetic best(Map<Arithmetic, Double> rates) {
    Arithmetic best = null;
    double bestScore = 0;
    for (Map.Entry<Arithmetic, Double> entry : rates.entrySet()) {
      boolean full = entry.getKey().precision() == Precision.FP32;
      double score = full ? entry.getValue() * WORTHWHILE_GAIN : entry.getValue();
      if (best == null || score > bestScore) {
        best = entry.getKey();
        bestScore = score;
      }
    }
    return best;
  }

  /**
   * Tokens per second of each candidate: the best of rounds in which they take turns, so that a
   * disturbance hits all of them, on one thread, as when all cores are busy with batches. On a CPU
   * it is the thread's own time that counts, for other programs must not decide a choice that
   * stays.
   */
  private static Map<Arithmetic, Double> measure(
      Checkpoint checkpoint, Device device, List<Arithmetic> candidates) {
    int length = Math.min(LENGTH, SequenceLength.choose(checkpoint, OptionalInt.empty()));
    LongSupplier clock = clock(device);
    long[] best = new long[candidates.size()];
    Arrays.fill(best, Long.MAX_VALUE);
    List<Replica> replicas = new ArrayList<>();
    try {
      for (Arithmetic candidate : candidates) {
        replicas.add(Replicas.open(checkpoint, device, candidate));
      }
      for (int round = 0; round <= ROUNDS; round++) {
        List<TokenizedText> batch = batch(round, length, checkpoint.config().vocabSize());
        for (int i = 0; i < best.length; i++) {
          long start = clock.getAsLong();
          replicas.get(i).encode(batch, 1);
          if (round > 0) { // the first prepares
            best[i] = Math.min(best[i], clock.getAsLong() - start);
          }
        }
      }
    } finally {
      replicas.forEach(Replica::close);
    }
    Map<Arithmetic, Double> rates = new LinkedHashMap<>();
    for (int i = 0; i < best.length; i++) {
      rates.put(candidates.get(i), Math.rint(SEQUENCES * length * 1e9 / best[i]));
    }
    return rates;
  }

  private static LongSupplier clock(Device device) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return device.isGpu() || !threads.isCurrentThreadCpuTimeSupported()
        ? System::nanoTime
        : threads::getCurrentThreadCpuTime;
  }

  private static List<TokenizedText> batch(int round, int length, int vocabulary) {
    List<TokenizedText> batch = new ArrayList<>();
    for (int s = 0; s < SEQUENCES; s++) {
      int[] ids = new int[length];
      int first = round * SEQUENCES + s;
      Arrays.setAll(ids, i -> (first * LENGTH + i) * 31 % vocabulary);
      batch.add(new TokenizedText(ids, false));
    }
    return batch;
  }

  private static String fileName(String digest, String identity, Precision precision) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      byte[] key =
          sha.digest((identity + " torch " + Torch.version()).getBytes(StandardCharsets.UTF_8));
      String device = HexFormat.of().formatHex(key, 0, 6);
      return "%s-%s-%s.json".formatted(digest.substring(0, 12), device, precision);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static Optional<Arithmetic> read(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      return Optional.of(
          new Arithmetic(
              Precision.parse(json.path("precision").asText()), json.path("fused").asBoolean()));
    } catch (IOException | IllegalArgumentException e) {
      log.warn("{} cannot be read ({}): measuring again", file, e.toString());
      return Optional.empty();
    }
  }

  private void write(Path file, Arithmetic choice, Map<Arithmetic, Double> rates, String identity) {
    ObjectNode json = JSON.createObjectNode();
    json.put("precision", choice.precision().toString());
    json.put("fused", choice.fused());
    json.put("device", identity);
    ObjectNode measured = json.putObject("tokensPerSecond");
    rates.forEach((candidate, rate) -> measured.put(candidate.toString(), rate));
    try {
      Files.createDirectories(directory);
      byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
      AtomicFiles.replace(file, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(bytes)));
    } catch (IOException e) {
      log.warn("the choice of {} cannot be kept in {}: {}", choice, file, e.toString());
    }
  }
}
