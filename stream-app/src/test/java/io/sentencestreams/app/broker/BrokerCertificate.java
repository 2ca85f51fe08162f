package io.sentencestreams.app.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * A broker that demands TLS and SASL, and what a client needs to reach it. The certificate is made
 * with the JDK's keytool.
 */
public record BrokerCertificate(Path keyStore) {
  private static final String STORE_PASSWORD = "store-password";
  private static final String MECHANISM = "SCRAM-SHA-256";
  private static final String USER = "alice";
  private static final String USER_PASSWORD = "alice-password";

  /** Makes a self-signed certificate for 127.0.0.1 in {@code folder}. */
  public static BrokerCertificate make(Path folder) throws IOException, InterruptedException {
    Path keyStore = folder.resolve("broker.p12");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", "broker", "-keyalg", "EC"));
    command.addAll(List.of("-groupname", "secp256r1", "-validity", "2"));
    command.addAll(List.of("-dname", "CN=localhost", "-ext", "SAN=ip:127.0.0.1,dns:localhost"));
    command.addAll(List.of("-storetype", "PKCS12", "-keystore", keyStore.toString()));
    command.addAll(List.of("-storepass", STORE_PASSWORD));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    return new BrokerCertificate(keyStore);
  }

  /** A broker whose clients must come over TLS and give a user's name and password. */
  public EmbeddedBroker.Builder secure(EmbeddedBroker.Builder builder) {
    return builder
        .securityProtocol(SecurityProtocol.SASL_SSL)
        .property("sasl.enabled.mechanisms", MECHANISM)
        .property(
            "listener.name.client.scram-sha-256.sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required;")
        .property("ssl.keystore.location", keyStore.toString())
        .property("ssl.keystore.type", "PKCS12")
        .property("ssl.keystore.password", STORE_PASSWORD)
        .scramUser(MECHANISM, USER, USER_PASSWORD);
  }

  /** Properties of a client that knows the certificate and the password. */
  public Map<String, Object> clientProperties(EmbeddedBroker broker) {
    return clientProperties(broker, USER_PASSWORD);
  }

  /** As above, with a password that may be wrong. */
  public Map<String, Object> clientProperties(EmbeddedBroker broker, String password) {
    return Map.of(
        "bootstrap.servers",
        broker.bootstrapServers(),
        "security.protocol",
        "SASL_SSL",
        "ssl.truststore.location",
        keyStore.toString(),
        "ssl.truststore.type",
        "PKCS12",
        "ssl.truststore.password",
        STORE_PASSWORD,
        "sasl.mechanism",
        MECHANISM,
        "sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(USER, password));
  }
}
