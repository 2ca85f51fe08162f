package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where the hub is and what is known here of it, as the Python library's environment variables say.
 *
 * @param endpoint the hub's address, {@code HF_ENDPOINT}
 * @param token shown to the hub and to nobody else: {@code HF_TOKEN}, or the file that {@code
 *     HF_TOKEN_PATH} names, which is {@code token} in {@code HF_HOME}
 * @param cache {@code HF_HUB_CACHE}, or {@code hub} in {@code HF_HOME}
 * @param offline {@code HF_HUB_OFFLINE}: nothing is asked over the network
 */
public record HubSettings(URI endpoint, Optional<String> token, Path cache, boolean offline) {
  private static final String ENDPOINT = "https://huggingface.co";

  /** Those of this process's environment. */
  public static HubSettings ofUser() {
    return of(System.getenv(), System.getProperty("user.home"));
  }

  static HubSettings of(Map<String, String> environment, String userHome) {
    Variables variables = new Variables(environment, userHome);
    Path cacheHome = variables.path("XDG_CACHE_HOME").orElse(Path.of(userHome, ".cache"));
    Path home = variables.path("HF_HOME").orElse(cacheHome.resolve("huggingface"));
    Path cache =
        variables
            .path("HF_HUB_CACHE")
            .or(() -> variables.path("HUGGINGFACE_HUB_CACHE"))
            .orElse(home.resolve("hub"));
    String endpoint = variables.text("HF_ENDPOINT").orElse(ENDPOINT);
    Optional<String> token =
        variables
            .text("HF_TOKEN")
            .or(() -> variables.text("HUGGING_FACE_HUB_TOKEN"))
            .or(() -> read(variables.path("HF_TOKEN_PATH").orElse(home.resolve("token"))));
    boolean offline = variables.isSet("HF_HUB_OFFLINE") || variables.isSet("TRANSFORMERS_OFFLINE");
    boolean hidden = variables.isSet("HF_HUB_DISABLE_IMPLICIT_TOKEN");
    return new HubSettings(
        address(endpoint), hidden ? Optional.empty() : token, cache.toAbsolutePath(), offline);
  }

  private static URI address(String endpoint) {
    try {
      return URI.create(endpoint.replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException("HF_ENDPOINT is no address: " + endpoint, e);
    }
  }

  private static Optional<String> read(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
    } catch (IOException e) {
      throw new CheckpointException("cannot read the hub's token: " + e, e);
    }
  }

  /** A token does not belong in a log. */
  @Override
  public String toString() {
    return "%s, cache %s%s".formatted(endpoint, cache, offline ? ", offline" : "");
  }

  private record Variables(Map<String, String> environment, String userHome) {
    Optional<String> text(String name) {
      return Optional.ofNullable(environment.get(name))
          .map(String::strip)
          .filter(text -> !text.isEmpty());
    }

    Optional<Path> path(String name) {
      return text(name)
          .map(text -> Path.of(text.startsWith("~/") ? userHome + text.substring(1) : text));
    }

    boolean isSet(String name) {
      return text(name)
          .map(text -> List.of("1", "ON", "YES", "TRUE").contains(text.toUpperCase(Locale.ROOT)))
          .orElse(false);
    }
  }
}
