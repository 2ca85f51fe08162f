package io.sentencestreams.model.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.download.DownloadException;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.download.Source;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/** Asks the hub: what a revision has, and for its files. */
final class HubClient {
  private static final JsonMapper JSON = new JsonMapper();

  /** A model's list of files has some hundred bytes for each. */
  private static final long MOST_LIST = 16L << 20;

  private static final long MOST_FILE = 64L << 30;
  private static final long MOST_CONFIGURATION = 256L << 20;

  private final HubSettings settings;
  private final Downloader downloader;

  HubClient(HubSettings settings, Downloader downloader) {
    this.settings = settings;
    this.downloader = downloader;
  }

  /**
   * A revision of a model.
   *
   * @param commit what it is called for ever
   */
  record Revision(String commit, List<HubFile> files) {}

  /**
   * A file of a revision.
   *
   * @param path relative to the model, with forward slashes
   * @param size in bytes, if the hub says
   * @param sha256 of the large ones
   * @param gitBlob git's own checksum of the others
   */
  record HubFile(
      String path, OptionalLong size, Optional<String> sha256, Optional<String> gitBlob) {}

  /**
   * Asks for a revision.
   *
   * @throws DownloadException if the hub cannot be reached or cannot answer now
   * @throws CheckpointException if it has no such model, or does not show it
   */
  Revision revision(HubId model) {
    URI url =
        address(
            "/api/models/%s/revision/%s?blobs=true"
                .formatted(model.id(), encode(model.revisionOrNewest())));
    byte[] answer;
    try {
      answer = downloader.read(source(url, Optional.empty(), MOST_LIST));
    } catch (DownloadException e) {
      throw refused(model, e);
    }
    try {
      return parse(JSON.readTree(answer));
    } catch (IOException e) {
      throw new CheckpointException(
          "%s does not answer as a hub does: %s".formatted(Source.shown(url), e.getMessage()), e);
    }
  }

  private static Revision parse(JsonNode root) throws IOException {
    String commit = root.path("sha").asText();
    if (!commit.matches("[0-9a-f]{40,64}") || !root.path("siblings").isArray()) {
      throw new IOException("sha must be a commit, and siblings a list");
    }
    List<HubFile> files = new ArrayList<>();
    for (JsonNode node : root.path("siblings")) {
      String path = node.path("rfilename").asText();
      JsonNode size = node.path("size");
      boolean known = size.isIntegralNumber() && size.canConvertToLong();
      HubFile file =
          new HubFile(
              path,
              known ? OptionalLong.of(size.asLong()) : OptionalLong.empty(),
              hex(node.path("lfs").path("sha256"), 64),
              hex(node.path("blobId"), 40));
      if (isRelative(path) && file.size().orElse(0) <= most(file)) {
        files.add(file);
      }
    }
    return new Revision(commit, List.copyOf(files));
  }

  private static boolean isRelative(String path) {
    return !path.isEmpty()
        && !path.contains("\\")
        && !path.contains(":")
        && Arrays.stream(path.split("/", -1))
            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
  }

  private static Optional<String> hex(JsonNode node, int length) {
    return Optional.of(node.asText()).filter(text -> text.matches("[0-9a-f]{" + length + "}"));
  }

  /**
   * Fetches a file of a commit.
   *
   * @return its SHA-256
   * @throws DownloadException if it cannot be fetched
   * @throws CheckpointException as {@link #revision}
   */
  String fetch(HubId model, String commit, HubFile file, Path target, LongConsumer progress) {
    String path =
        Arrays.stream(file.path().split("/"))
            .map(HubClient::encode)
            .collect(Collectors.joining("/"));
    URI url = address("/%s/resolve/%s/%s".formatted(model.id(), commit, path));
    try {
      return downloader.fetch(
          source(url, file.sha256(), file.size().orElse(most(file))), target, progress);
    } catch (DownloadException e) {
      throw refused(model, e);
    }
  }

  /** Configurations are read whole. */
  private static long most(HubFile file) {
    return file.path().matches(".*\\.(bin|safetensors)") ? MOST_FILE : MOST_CONFIGURATION;
  }

  private Source source(URI url, Optional<String> sha256, long mostBytes) {
    return new Source(url, settings.token().map(token -> "Bearer " + token), sha256, mostBytes);
  }

  private URI address(String path) {
    return URI.create(settings.endpoint() + path);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** What a refusal means; the hub hides private models behind 401 and 404. */
  private RuntimeException refused(HubId model, DownloadException e) {
    boolean known = settings.token().isPresent();
    String hub = settings.endpoint().getHost();
    String problem =
        switch (e.status()) {
          case 401 ->
              known
                  ? "%s has no model %s that your token may read, or does not know the token"
                  : "%s has no model %s that everyone may read. If it is a private one, set HF_TOKEN";
          case 403 ->
              known
                  ? "%s does not let your token read %s: its page on the hub says what must be agreed to first"
                  : "%s lets only those read %s who have agreed to what its page says: do so, and set HF_TOKEN";
          case 404 ->
              e.errorCode().equals("RevisionNotFound") || model.revision().isPresent()
                  ? "%s has no revision %s; its page on the hub lists those that there are"
                  : "%s has no model %s, and there is no folder of this name here";
          default -> null;
        };
    return problem == null ? e : new CheckpointException(problem.formatted(hub, model), e);
  }
}
