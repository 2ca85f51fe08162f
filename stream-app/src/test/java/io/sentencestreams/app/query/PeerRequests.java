package io.sentencestreams.app.query;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Asks an instance as another instance does. */
final class PeerRequests {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private PeerRequests() {}

  static HttpResponse<String> post(int port, String operation, String body)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(QueryStream.uri(port, Wire.PEER_PATH + operation))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
