package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.StreamStartException;
import io.sentencestreams.app.config.AppConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdvertisedAddressTest {
  @ParameterizedTest
  @CsvSource({
    "here.example:8080, 127.0.0.1, -1, http.port=-1 serves nothing",
    "127.0.0.1:8080,    127.0.0.1, 0,  a port that nobody knows before",
    "10.1.2.3:8080,     127.0.0.1, 8080, http.host=127.0.0.1 is reached from this machine only",
    "10.1.2.3:8080,     localhost, 8080, http.host=localhost is reached from this machine only",
    "0.0.0.0:8080,      0.0.0.0,   8080, no address of any machine",
    "stream_1:8080,     0.0.0.0,   8080, which no URL can name",
    "here.example,      0.0.0.0,   8080, no address; give host:port"
  })
  void shouldRefuseAnAddressWhereNobodyAnswers(String server, String host, int port, String says) {
    assertThat(problems(server, host, port)).anyMatch(problem -> problem.contains(says));
    assertThatThrownBy(() -> new StreamService(config(server, host, port)).close())
        .isInstanceOf(StreamStartException.class)
        .hasMessageContaining(says);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8080, 127.0.0.1, 8080",
    "localhost:8080, 0.0.0.0,   8080",
    "10.1.2.3:8080,  0.0.0.0,   8080",
    "10.1.2.3:9000,  0.0.0.0,   8080", // something passes the port on
    "10.1.2.3:8080,  10.1.2.3,  8080",
    "[fd00::1]:8080, '::',      8080",
    "name.that.only.others.know.invalid:8080, 0.0.0.0, 8080"
  })
  void shouldAcceptAnAddressThatMayBeReached(String server, String host, int port) {
    assertThat(problems(server, host, port)).isEmpty();
  }

  /** Only queries go there, and an application may have set it for others of its kind. */
  @Test
  void shouldAcceptAnyAddressWhereNoQueriesAreServed() {
    assertThat(AdvertisedAddress.problems(config("here.example:8080", "127.0.0.1", -1), false))
        .isEmpty();
    assertThat(AdvertisedAddress.problems(config("here.example", "127.0.0.1", -1), false))
        .singleElement()
        .asString()
        .contains("no address; give host:port");
  }

  @Test
  void shouldAcceptNoAddress() {
    assertThat(problems(null, "127.0.0.1", -1)).isEmpty();
  }

  private static List<String> problems(String server, String host, int port) {
    return AdvertisedAddress.problems(config(server, host, port), true);
  }

  private static AppConfig config(String server, String host, int port) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", "none:1");
    properties.put(AppConfig.DUPLICATES_TOPIC, "duplicates");
    properties.put(AppConfig.HTTP_HOST, host);
    properties.put(AppConfig.HTTP_PORT, port);
    if (server != null) {
      properties.put("application.server", server);
    }
    return new AppConfig(properties);
  }
}
