package io.sentencestreams.model.download;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;

/**
 * How often a failed transfer is tried again, and when: after 1 s, 2 s, 4 s and so on, or after
 * what the server asks for.
 *
 * @param most times in a row without progress
 * @param pause waits
 */
public record Retries(int most, Pause pause) {
  /** Four times, over a quarter of a minute if the server asks for no more. */
  public static final Retries DEFAULT =
      new Retries(4, wait -> TimeUnit.MILLISECONDS.sleep(wait.toMillis()));

  /** Who waits longer is told so, and can come again. */
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** Waits for a time. */
  @FunctionalInterface
  public interface Pause {
    /** Returns when the time is over. */
    void await(Duration time) throws InterruptedException;
  }

  /**
   * Waits before the next try, or gives up.
   *
   * @param failures so far in a row, this one counted
   * @throws IOException the failure, if no other try is due
   */
  void await(IOException failure, int failures) throws IOException, InterruptedException {
    Duration wait = Duration.ofSeconds(1L << Math.min(failures - 1, 10));
    if (failure instanceof HttpAnswer answer) {
      wait = answer.retryAfter().orElse(wait);
      if (!answer.mayPass()) {
        throw failure;
      }
    }
    if (failures > most || isLasting(failure) || wait.compareTo(LONGEST) > 0) {
      throw failure;
    }
    pause.await(wait);
  }

  /** Where nobody answers, or the disk is full, a few seconds change nothing. */
  private static boolean isLasting(IOException failure) {
    return failure instanceof ConnectException
        || failure instanceof HttpConnectTimeoutException
        || failure instanceof UnknownHostException
        || failure instanceof SSLHandshakeException
        || failure instanceof FileSystemException;
  }
}
