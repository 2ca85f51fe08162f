package io.sentencestreams.app.broker;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * Server sockets that are bound before the broker's configuration is written. A listener's port
 * must stand in that configuration, and a free port looked up and closed again could be taken by
 * another process before the broker binds it.
 */
final class BoundSockets implements ServerSocketFactory, AutoCloseable {
  private static final int BACKLOG = 128;

  private final Map<String, ServerSocketChannel> channels = new LinkedHashMap<>();

  /** Binds {@code listener} and returns its port; port 0 takes a free one. */
  synchronized int bind(String listener, String host, int port) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new EmbeddedBrokerException("host " + host + " is not known on this machine");
    }
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      channels.put(listener, channel);
      channel.configureBlocking(false); // the broker selects on it
      channel.socket().setReuseAddress(true);
      channel.socket().bind(address, BACKLOG);
      return channel.socket().getLocalPort();
    } catch (IOException e) {
      String remedy =
          port == 0
              ? ""
              : "; stop what listens there, name another port, or name port 0 for a free one";
      throw new EmbeddedBrokerException(
          "the broker cannot listen on " + host + ":" + port + ": " + e.getMessage() + remedy, e);
    }
  }

  @Override
  public synchronized ServerSocketChannel openServerSocket(
      String listener, InetSocketAddress address, int backlog, int receiveBufferSize)
      throws IOException {
    ServerSocketChannel bound = channels.remove(listener);
    return bound != null
        ? bound
        : ServerSocketFactory.INSTANCE.openServerSocket(
            listener, address, backlog, receiveBufferSize);
  }

  /** Closes what no listener has taken. */
  @Override
  public synchronized void close() throws IOException {
    for (ServerSocketChannel channel : channels.values()) {
      channel.close();
    }
    channels.clear();
  }
}
