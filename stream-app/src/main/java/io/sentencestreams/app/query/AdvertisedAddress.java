package io.sentencestreams.app.query;

import io.sentencestreams.app.config.AppConfig;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.state.HostInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether other instances can reach this one where {@code application.server} sends them. */
public final class AdvertisedAddress {
  private static final Logger LOG = LoggerFactory.getLogger(AdvertisedAddress.class);

  private AdvertisedAddress() {}

  /**
   * What is wrong with the address, a sentence each; none where there is none.
   *
   * @param queries whether queries are served over HTTP; where they are not, nobody asks
   */
  public static List<String> problems(AppConfig config, boolean queries) {
    if (config.applicationServer().isEmpty()) {
      return List.of();
    }
    String address = config.applicationServer().get();
    HostInfo host;
    try {
      host = HostInfo.buildFromEndpoint(address);
    } catch (ConfigException e) {
      return List.of(
          "application.server: %s is no address; give host:port, as other instances reach this one"
              .formatted(address));
    }
    String sends = "application.server: other instances are told to ask " + address;
    if (!queries) {
      LOG.info("{}, and no queries of a window are answered there", sends);
      return List.of();
    }
    List<String> problems = new ArrayList<>();
    if (!isUrl(host)) {
      problems.add(
          "%s, which no URL can name: a host's name is of letters, digits, hyphens and dots"
              .formatted(sends));
    }
    if (config.httpPort() < 0) {
      problems.add(
          "%s, but %s=%d serves nothing; set it to a port, or leave application.server out"
              .formatted(sends, AppConfig.HTTP_PORT, config.httpPort()));
    } else if (config.httpPort() == 0) {
      problems.add(
          "%s, but %s=0 takes a port that nobody knows before; set a port"
              .formatted(sends, AppConfig.HTTP_PORT));
    }
    if (isWildcard(host.host())) {
      problems.add(
          "%s, which is no address of any machine; give the one that others reach this machine by"
              .formatted(sends));
    } else if (isLoopback(config.httpHost()) && !isLoopback(host.host())) {
      problems.add(
          "%s, but %s=%s is reached from this machine only; set it to 0.0.0.0 or to that address"
              .formatted(sends, AppConfig.HTTP_HOST, config.httpHost()));
    }
    if (problems.isEmpty() && host.port() != config.httpPort()) {
      LOG.warn(
          "{}, and this instance listens on port {}: right only if something passes that port on to"
              + " it",
          sends,
          config.httpPort());
    }
    return problems;
  }

  private static boolean isUrl(HostInfo host) {
    try {
      return new URI("http://" + PeerClient.authority(host.host()) + ":" + host.port()).getHost()
          != null;
    } catch (URISyntaxException e) {
      LOG.debug("{} is no host of a URL", host.host(), e);
      return false;
    }
  }

  private static boolean isWildcard(String host) {
    return resolves(host, InetAddress::isAnyLocalAddress);
  }

  private static boolean isLoopback(String host) {
    return resolves(host, InetAddress::isLoopbackAddress);
  }

  private static boolean resolves(
      String host, java.util.function.Predicate<InetAddress> condition) {
    try {
      return condition.test(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      // Only other machines may know the name; what is not known is not refused.
      LOG.debug("{} is not known here", host, e);
      return false;
    }
  }
}
