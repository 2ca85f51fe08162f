package io.sentencestreams.model.release;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.checkpoint.Manifest.FileEntry;
import io.sentencestreams.model.internal.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Released models in a bucket of S3 or of a service that speaks its protocol. A file is an object
 * named by its SHA-256 under {@code files/}, so that releases share what they have in common and
 * none is ever replaced by another. A release is its manifest, at {@code VERSION/manifest.json},
 * which is put last and only if it is not there: a publisher that is killed leaves objects that
 * nothing names. Parts of a file that was not put whole lie in the bucket, unseen, until a rule of
 * its life cycle (AbortIncompleteMultipartUpload) takes them away.
 */
final class S3ReleaseStore implements ReleaseStore {
  private static final String FILES = "files/";

  private final S3Bucket bucket;
  private final String prefix;

  /**
   * Owns and closes the bucket.
   *
   * @param prefix of the names of all objects, with or without slashes around it
   */
  S3ReleaseStore(S3Bucket bucket, String prefix) {
    this.bucket = bucket;
    String trimmed = prefix.replaceAll("^/+|/+$", "");
    this.prefix = trimmed.isEmpty() ? "" : trimmed + "/";
  }

  @Override
  public String publish(Path checkpoint, String name) throws IOException {
    Checkpoint source = Checkpoint.open(checkpoint);
    String version = source.digest();
    Optional<byte[]> present = bucket.read(manifestKey(version));
    if (present.isPresent()) {
      checkSizes(version, present.get());
      return version;
    }
    Manifest manifest = Manifest.of(source.directory(), name, "release", version);
    for (FileEntry file : manifest.files()) {
      OptionalLong size = bucket.size(fileKey(file));
      if (size.isEmpty() || size.getAsLong() != file.size()) {
        bucket.upload(fileKey(file), source.directory().resolve(file.path()));
      }
    }
    bucket.putIfAbsent(manifestKey(version), manifest.bytes());
    return version;
  }

  /** That all of a release is there, without reading it; whoever fetches it reads it. */
  private void checkSizes(String version, byte[] bytes) throws IOException {
    for (FileEntry file : Manifest.parse(bytes, Path.of(manifestKey(version))).files()) {
      OptionalLong size = bucket.size(fileKey(file));
      if (size.isEmpty()) {
        throw damaged(version, file, "it is missing");
      }
      if (size.getAsLong() != file.size()) {
        throw damaged(
            version,
            file,
            "it has %d bytes instead of %d".formatted(size.getAsLong(), file.size()));
      }
    }
  }

  @Override
  public void download(String version, Path target) throws IOException {
    String key = manifestKey(Versions.require(version));
    byte[] bytes =
        bucket
            .read(key)
            .orElseThrow(
                () -> new IOException("there is no model %s in %s".formatted(version, describe())));
    for (FileEntry file : Manifest.parse(bytes, Path.of(key)).files()) {
      Path place = target.resolve(file.path()).normalize();
      if (!place.startsWith(target)) {
        throw new CheckpointException(
            "%s names a file outside of its folder: %s".formatted(address(key), file.path()));
      }
      Files.createDirectories(Objects.requireNonNull(place.getParent()));
      if (!bucket.download(fileKey(file), place)) {
        throw damaged(version, file, "it is missing");
      }
      if (!Sha256.of(place).equals(file.sha256())) {
        throw damaged(version, file, "its content is not what its name says");
      }
    }
    Files.write(target.resolve(Manifest.FILE), bytes);
  }

  /**
   * {@inheritDoc} Files go that no release names any more; a rule of the bucket could not tell them
   * from those that a newer release shares with an old one. No other service may publish meanwhile.
   */
  @Override
  public List<String> prune(Set<String> kept, Instant before) throws IOException {
    Set<String> named = new HashSet<>();
    List<String> pruned = new ArrayList<>();
    List<S3Bucket.Entry> objects = bucket.list(prefix);
    for (S3Bucket.Entry object : objects) {
      Optional<String> version = version(object.key());
      if (version.isEmpty()) {
        continue;
      }
      if (object.modified().isBefore(before) && !kept.contains(version.get())) {
        bucket.delete(object.key());
        pruned.add(version.get());
      } else {
        bucket.read(object.key()).stream()
            .flatMap(bytes -> Manifest.parse(bytes, Path.of(object.key())).files().stream())
            .forEach(file -> named.add(fileKey(file)));
      }
    }
    for (S3Bucket.Entry object : objects) {
      if (object.key().startsWith(prefix + FILES)
          && object.modified().isBefore(before)
          && !named.contains(object.key())) {
        bucket.delete(object.key());
      }
    }
    return pruned;
  }

  /** Of the release whose manifest an object is. */
  private Optional<String> version(String key) {
    return Optional.of(key.substring(prefix.length()))
        .filter(name -> name.endsWith("/" + Manifest.FILE))
        .map(name -> name.substring(0, name.length() - Manifest.FILE.length() - 1))
        .filter(Versions::isOne);
  }

  private CheckpointException damaged(String version, FileEntry file, String problem) {
    return new CheckpointException(
        "%s, %s of release %s, is damaged: %s. Delete it, delete %s too, and publish the model again"
            .formatted(
                address(fileKey(file)),
                file.path(),
                version,
                problem,
                address(manifestKey(version))));
  }

  private String manifestKey(String version) {
    return prefix + version + "/" + Manifest.FILE;
  }

  private String fileKey(FileEntry file) {
    return prefix + FILES + Versions.require(file.sha256());
  }

  private String address(String key) {
    return "s3://" + bucket.name() + "/" + key;
  }

  @Override
  public String describe() {
    return "s3://%s/%s".formatted(bucket.name(), prefix);
  }

  @Override
  public void close() {
    bucket.close();
  }
}
