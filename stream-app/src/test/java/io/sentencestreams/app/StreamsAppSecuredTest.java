package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.broker.BrokerCertificate;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a broker that demands TLS and SASL, which are Kafka's own properties, passed through. */
class StreamsAppSecuredTest extends StreamsAppContract {
  private static EmbeddedBroker broker;
  private static BrokerCertificate certificate;

  @BeforeAll
  static void startBroker(@TempDir Path folder) throws Exception {
    certificate = BrokerCertificate.make(folder);
    broker = certificate.secure(EmbeddedBroker.builder()).start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Override
  Map<String, Object> client() {
    return certificate.clientProperties(broker);
  }

  @Test
  void shouldSayThatTheBrokerRefusesAWrongPassword() {
    Map<String, Object> properties =
        new HashMap<>(certificate.clientProperties(broker, "a wrong password"));
    assertThat(ClusterCheck.run(new AppConfig(properties)).problems())
        .singleElement()
        .asString()
        .contains("bootstrap.servers")
        .containsIgnoringCase("authentication failed");
  }
}
