package io.sentencestreams.app.broker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** The broker properties of a single node that starts fast and keeps everything once. */
final class BrokerSettings {
  static final int NODE_ID = 1;
  static final String LOOPBACK = "127.0.0.1";
  static final String CLIENT = "CLIENT";
  static final String CONTROLLER = "CONTROLLER";
  static final String INTERNAL = "INTERNAL";

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("process.roles", "broker,controller"),
          Map.entry("node.id", Integer.toString(NODE_ID)),
          Map.entry("controller.listener.names", CONTROLLER),
          Map.entry("auto.create.topics.enable", "false"),
          // One replica of everything: there is one node.
          Map.entry("default.replication.factor", "1"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          // Each partition of an internal topic is files to make at the first use.
          Map.entry("offsets.topic.num.partitions", "4"),
          Map.entry("transaction.state.log.num.partitions", "4"),
          Map.entry("share.coordinator.state.topic.num.partitions", "1"),
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          // The one broker is unfenced by a heartbeat, so a short interval is a fast start.
          Map.entry("broker.heartbeat.interval.ms", "500"),
          Map.entry("broker.session.timeout.ms", "6000"),
          Map.entry("num.network.threads", "2"),
          Map.entry("num.io.threads", "4"),
          Map.entry("background.threads", "2"),
          Map.entry("group.coordinator.threads", "1"),
          Map.entry("log.index.size.max.bytes", "1048576"),
          // By default records dated more than a week ago go at the first look, half a minute on.
          Map.entry("log.retention.ms", "-1"),
          // The default takes 128 MB of this process's heap.
          Map.entry("log.cleaner.dedupe.buffer.size", "8388608"));

  private final Map<String, String> settings = new HashMap<>(DEFAULTS);
  private final SecurityProtocol clientProtocol;
  private final List<String> listeners = new ArrayList<>();
  private final List<String> advertised = new ArrayList<>();
  private final List<String> protocols = new ArrayList<>();

  BrokerSettings(Path dataDirectory, SecurityProtocol clientProtocol) {
    this.clientProtocol = clientProtocol;
    settings.put("log.dirs", dataDirectory.toString());
    settings.put("inter.broker.listener.name", CLIENT);
  }

  void clientListener(String host, String advertisedHost, int port) {
    add(CLIENT, host, port, clientProtocol);
    advertised.add(CLIENT + "://" + advertisedHost + ":" + port);
  }

  void controllerListener(int port) {
    add(CONTROLLER, LOOPBACK, port, SecurityProtocol.PLAINTEXT);
    settings.put("controller.quorum.voters", NODE_ID + "@" + LOOPBACK + ":" + port);
  }

  /** The broker's requests to itself need no credentials when clients must bring some. */
  void internalListener(int port) {
    add(INTERNAL, LOOPBACK, port, SecurityProtocol.PLAINTEXT);
    advertised.add(INTERNAL + "://" + LOOPBACK + ":" + port);
    settings.put("inter.broker.listener.name", INTERNAL);
  }

  private void add(String name, String host, int port, SecurityProtocol protocol) {
    listeners.add(name + "://" + host + ":" + port);
    protocols.add(name + ":" + protocol.name);
  }

  /** All properties; those given here win. */
  Map<String, String> toMap(Map<String, String> given) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("listeners", String.join(",", listeners));
    all.put("advertised.listeners", String.join(",", advertised));
    all.put("listener.security.protocol.map", String.join(",", protocols));
    all.putAll(given);
    return all;
  }
}
