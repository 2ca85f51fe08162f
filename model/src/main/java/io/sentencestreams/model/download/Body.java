package io.sentencestreams.model.download;

import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The content of an answer, read in pieces as they come. Unlike a stream of the client it does not
 * wait for ever for a server that falls silent. Close it, read or not.
 */
final class Body implements HttpResponse.BodySubscriber<Body>, Closeable {
  private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
  private final Duration silence;
  private Flow.Subscription subscription;
  private boolean closed;

  /** Content; or the end, which a failure may have brought about. */
  private record Piece(List<ByteBuffer> content, boolean end, Throwable failure) {}

  /**
   * For one answer.
   *
   * @param silence how long nothing may come
   */
  Body(Duration silence) {
    this.silence = silence;
  }

  /** The next piece; null at the end. */
  List<ByteBuffer> next() throws IOException, InterruptedException {
    Piece piece = pieces.poll(silence.toMillis(), TimeUnit.MILLISECONDS);
    if (piece == null) {
      throw new HttpTimeoutException("nothing came for %d s".formatted(silence.toSeconds()));
    }
    if (piece.failure() != null) {
      throw new IOException(
          "the connection broke: " + piece.failure().getMessage(), piece.failure());
    }
    if (piece.end()) {
      return null;
    }
    requestNext();
    return piece.content();
  }

  @Override
  public CompletionStage<Body> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription own) {
    subscription = own;
    if (closed) {
      own.cancel();
    } else {
      own.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> content) {
    pieces.add(new Piece(content, false, null));
  }

  @Override
  public void onError(Throwable failure) {
    pieces.add(new Piece(List.of(), true, failure));
  }

  @Override
  public void onComplete() {
    pieces.add(new Piece(List.of(), true, null));
  }

  private synchronized void requestNext() {
    subscription.request(1); // a piece came, so there is one
  }

  /** The subscription may be still to come. */
  @Override
  public synchronized void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
