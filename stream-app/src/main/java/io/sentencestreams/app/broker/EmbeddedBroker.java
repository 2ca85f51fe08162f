package io.sentencestreams.app.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.server.fault.FaultHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * A Kafka broker inside this process: KRaft in combined mode, one node, ready when {@link
 * Builder#start()} returns.
 *
 * <p>It is Kafka's own server, for a demo, a development machine and tests, so everything is kept
 * once and nothing survives the loss of its disk. Records are kept whatever their dates, unless a
 * topic has a retention of its own. Topics are not created on first use. With a data folder a later
 * start finds what an earlier one stored; without one the data goes with {@link #close()}. It
 * listens on loopback unless told otherwise.
 *
 * <p>Unlike {@link KafkaRaftServer} it never ends the process when it fails: {@link #failure()}
 * tells.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(10);

  private final DataDirectory data;
  private final BoundSockets sockets;
  private final String bootstrapServers;
  private final CompletableFuture<Throwable> failure;
  private final ControllerServer controller;
  private final BrokerServer broker;
  private boolean closed;

  private EmbeddedBroker(
      DataDirectory data,
      BoundSockets sockets,
      String bootstrapServers,
      CompletableFuture<Throwable> failure,
      ControllerServer controller,
      BrokerServer broker) {
    this.data = data;
    this.sockets = sockets;
    this.bootstrapServers = bootstrapServers;
    this.failure = failure;
    this.controller = controller;
    this.broker = broker;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Starts a broker with a temporary data folder on a free port. */
  public static EmbeddedBroker start() {
    return builder().start();
  }

  /** The address for {@code bootstrap.servers}: {@code host:port}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  public Path dataDirectory() {
    return data.path();
  }

  /** Completes with the cause if the running broker fails for good; never completes otherwise. */
  public CompletableFuture<Throwable> failure() {
    return failure.copy();
  }

  /** Stops the broker cleanly, so that the next start on the same data has nothing to recover. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      broker.shutdown(SHUTDOWN_TIMEOUT);
    } finally {
      try {
        controller.shutdown();
      } finally {
        release(data, sockets);
      }
    }
  }

  private static void release(DataDirectory data, BoundSockets sockets) {
    try (data) {
      sockets.close();
    } catch (IOException e) {
      LOG.warn("The embedded broker's data folder {} was not released cleanly", data.path(), e);
    }
  }

  /** What a broker is started with. Every setting has a default. */
  public static final class Builder {
    private Path dataDirectory;
    private String host = "127.0.0.1";
    private int port;
    private String advertisedHost;
    private SecurityProtocol securityProtocol = SecurityProtocol.PLAINTEXT;
    private final Map<String, String> properties = new HashMap<>();
    private final List<String> scramArguments = new ArrayList<>();

    private Builder() {}

    /** Keeps the data in {@code folder}, made if it is missing. Default: a temporary folder. */
    public Builder dataDirectory(Path folder) {
      this.dataDirectory = Objects.requireNonNull(folder);
      return this;
    }

    /** The port for clients; 0, the default, takes a free one. */
    public Builder port(int port) {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
      }
      this.port = port;
      return this;
    }

    /** The address to listen on. Default: loopback. {@code 0.0.0.0} listens on every interface. */
    public Builder host(String host) {
      this.host = Objects.requireNonNull(host);
      return this;
    }

    /** The host name that clients are told to connect to. Default: the listening host. */
    public Builder advertisedHost(String host) {
      this.advertisedHost = Objects.requireNonNull(host);
      return this;
    }

    /**
     * What the clients' listener demands. Keystores and SASL mechanisms come as Kafka's broker
     * properties ({@link #property}); the broker talks to itself on a loopback listener of its own.
     */
    public Builder securityProtocol(SecurityProtocol protocol) {
      this.securityProtocol = Objects.requireNonNull(protocol);
      return this;
    }

    /**
     * Creates a SCRAM user when the data folder is formatted (not on data of an earlier start).
     *
     * @param mechanism {@code SCRAM-SHA-256} or {@code SCRAM-SHA-512}
     */
    public Builder scramUser(String mechanism, String user, String password) {
      scramArguments.add(
          mechanism
              + "=[name="
              + Objects.requireNonNull(user)
              + ",password="
              + Objects.requireNonNull(password)
              + "]");
      return this;
    }

    /** Any property of Kafka's broker; it wins over the settings that this class chooses. */
    public Builder property(String key, String value) {
      properties.put(Objects.requireNonNull(key), Objects.requireNonNull(value));
      return this;
    }

    /** Several properties at once, as {@link #property}. */
    public Builder properties(Map<String, String> values) {
      values.forEach(this::property);
      return this;
    }

    /**
     * Starts the broker and returns when it serves clients.
     *
     * @throws EmbeddedBrokerException if the port is taken, the folder cannot be used or a property
     *     is wrong
     */
    public EmbeddedBroker start() {
      DataDirectory data =
          dataDirectory == null ? DataDirectory.temporary() : DataDirectory.at(dataDirectory);
      BoundSockets sockets = new BoundSockets();
      boolean started = false;
      try {
        EmbeddedBroker broker = start(data, sockets);
        started = true;
        return broker;
      } finally {
        if (!started) {
          release(data, sockets);
        }
      }
    }

    private EmbeddedBroker start(DataDirectory data, BoundSockets sockets) {
      BrokerSettings settings = new BrokerSettings(data.path(), securityProtocol);
      int clientPort = sockets.bind(BrokerSettings.CLIENT, host, port);
      String clientHost = advertisedHost != null ? advertisedHost : reachable(host);
      settings.clientListener(host, clientHost, clientPort);
      int controllerPort = sockets.bind(BrokerSettings.CONTROLLER, BrokerSettings.LOOPBACK, 0);
      settings.controllerListener(controllerPort);
      if (securityProtocol != SecurityProtocol.PLAINTEXT) {
        settings.internalListener(
            sockets.bind(BrokerSettings.INTERNAL, BrokerSettings.LOOPBACK, 0));
      }
      data.format(BrokerSettings.NODE_ID, BrokerSettings.CONTROLLER, scramArguments);
      KafkaConfig config;
      try {
        config = new KafkaConfig(settings.toMap(properties), false);
      } catch (ConfigException | IllegalArgumentException e) {
        throw new EmbeddedBrokerException(
            "a property of the embedded broker is wrong: " + e.getMessage(), e);
      }
      return start(config, controllerPort, data, sockets, clientHost + ":" + clientPort);
    }

    private static EmbeddedBroker start(
        KafkaConfig config,
        int controllerPort,
        DataDirectory data,
        BoundSockets sockets,
        String bootstrapServers) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      try {
        Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> storage =
            KafkaRaftServer.initializeLogDirs(config, LOG, "");
        Metrics metrics =
            Server.initializeMetrics(config, Time.SYSTEM, storage._1().clusterId().orElseThrow());
        SharedServer shared =
            new SharedServer(
                config,
                storage._1(),
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(
                    Map.of(
                        BrokerSettings.NODE_ID,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), controllerPort))),
                List.of(),
                (name, fatal, action) -> new RecordingFaultHandler(name, fatal, action, failure),
                sockets);
        BrokerServer broker = new BrokerServer(shared);
        ControllerServer controller =
            new ControllerServer(shared, KafkaRaftServer.configSchema(), storage._2());
        EmbeddedBroker embedded =
            new EmbeddedBroker(data, sockets, bootstrapServers, failure, controller, broker);
        boolean started = false;
        try {
          controller.startup(); // first: the broker registers with it
          broker.startup();
          started = true;
          return embedded;
        } finally {
          if (!started) {
            controller.shutdown(); // the broker that failed has stopped itself
          }
        }
      } catch (RuntimeException e) {
        Throwable cause = failure.getNow(e);
        throw new EmbeddedBrokerException(
            "the embedded broker did not start on " + data.path() + ": " + cause.getMessage(), e);
      }
    }

    private static String reachable(String host) {
      try {
        return InetAddress.getByName(host).isAnyLocalAddress()
            ? InetAddress.getLocalHost().getHostName()
            : host;
      } catch (UnknownHostException e) {
        throw new EmbeddedBrokerException("host " + host + " is not known on this machine", e);
      }
    }
  }

  /** Records a fatal fault where Kafka's own handler ends the process. */
  private record RecordingFaultHandler(
      String name, boolean fatal, Runnable action, CompletableFuture<Throwable> failure)
      implements FaultHandler {
    @Override
    public RuntimeException handleFault(String message, Throwable cause) {
      LOG.error("The embedded broker met a fault in its {}: {}", name, message, cause);
      action.run();
      RuntimeException fault = new IllegalStateException(name + ": " + message, cause);
      if (fatal) {
        failure.complete(fault);
      }
      return fault;
    }
  }
}
