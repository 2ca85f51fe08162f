package io.sentencestreams.model.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Passes connections on to a server, and does something when so many bytes have gone there. */
final class CuttingRelay implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong passed = new AtomicLong();
  private final InetSocketAddress server;
  private final long limit;
  private final Limit atLimit;

  /** What happens at the limit, before the bytes that pass it are passed on. */
  interface Limit {
    void reached(CuttingRelay relay, Socket client) throws IOException;
  }

  CuttingRelay(InetSocketAddress server, long limit, Limit atLimit) throws IOException {
    this.server = server;
    this.limit = limit;
    this.atLimit = atLimit;
    threads.execute(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort());
  }

  /** Bytes that clients have sent. */
  long passed() {
    return passed.get();
  }

  /** Breaks all connections, and takes no more. */
  void cut() throws IOException {
    socket.close();
    for (Socket one : open) {
      one.close();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = socket.accept();
        Socket back = new Socket();
        open.add(client);
        open.add(back);
        back.connect(server);
        threads.execute(() -> pass(client, back, true));
        threads.execute(() -> pass(back, client, false));
      }
    } catch (SocketException e) {
      return; // cut
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void pass(Socket from, Socket to, boolean counted) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (counted) {
          long before = passed.getAndAdd(read);
          if (before < limit && before + read >= limit) {
            atLimit.reached(this, from);
          }
        }
        out.write(buffer, 0, read);
      }
    } catch (SocketException e) {
      return; // one side has gone, and the other is closed too
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    cut();
    threads.shutdownNow();
  }
}
