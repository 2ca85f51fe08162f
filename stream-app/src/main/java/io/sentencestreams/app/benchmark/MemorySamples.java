package io.sentencestreams.app.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The resident memory of a process over time. */
final class MemorySamples {
  private static final String RESIDENT = "VmRSS:";
  private static final double KB_IN_MB = 1024;
  private static final int FEWEST = 3;

  private final List<Sample> samples = new ArrayList<>();

  /** So many megabytes after so many minutes. */
  record Sample(double minute, double megabytes) {}

  void add(double minute, double megabytes) {
    samples.add(new Sample(minute, megabytes));
  }

  /**
   * Resident memory of a process in megabytes, native memory included.
   *
   * @throws IllegalStateException if the system does not tell
   */
  static double resident(long pid) {
    Path status = Path.of("/proc", Long.toString(pid), "status");
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(RESIDENT)) {
          String kilobytes = line.substring(RESIDENT.length()).replace("kB", "").strip();
          return Long.parseLong(kilobytes) / KB_IN_MB;
        }
      }
    } catch (java.nio.file.NoSuchFileException e) {
      throw new IllegalStateException(
          status + " is missing: the process has ended, or this is not Linux", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(status + " has no line " + RESIDENT);
  }

  double first() {
    return samples.get(0).megabytes();
  }

  double last() {
    return samples.get(samples.size() - 1).megabytes();
  }

  double most() {
    return samples.stream().mapToDouble(Sample::megabytes).max().orElseThrow();
  }

  /**
   * Growth in megabytes a minute from a minute on, by least squares; NaN if there are fewer than
   * three samples.
   */
  double slope(double fromMinute) {
    List<Sample> late = samples.stream().filter(sample -> sample.minute() >= fromMinute).toList();
    if (late.size() < FEWEST) {
      return Double.NaN;
    }
    double minute = late.stream().mapToDouble(Sample::minute).average().orElseThrow();
    double megabytes = late.stream().mapToDouble(Sample::megabytes).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (Sample sample : late) {
      covariance += (sample.minute() - minute) * (sample.megabytes() - megabytes);
      variance += (sample.minute() - minute) * (sample.minute() - minute);
    }
    return covariance / variance;
  }
}
