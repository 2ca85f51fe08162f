package io.sentencestreams.model.release;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens stores of released models by where they are. */
public final class ReleaseStores {
  private static final Pattern ADDRESS = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+)://(.*)");
  private static final Pattern BUCKET = Pattern.compile("([^/]+)(?:/(.*))?");

  private ReleaseStores() {}

  /**
   * The store at a place; nothing is read or written yet, and the caller closes it.
   *
   * @param location a folder, or {@code s3://BUCKET/PREFIX}
   * @param options for a bucket
   * @throws IllegalArgumentException if the location is an address of another kind, or the library
   *     for S3 is not on the class path
   */
  public static ReleaseStore open(String location, S3Options options) {
    Matcher address = ADDRESS.matcher(location.strip());
    if (!address.matches()) {
      return new FolderReleaseStore(Path.of(location));
    }
    Matcher bucket = BUCKET.matcher(address.group(2));
    if (!address.group(1).equals("s3") || !bucket.matches()) {
      throw new IllegalArgumentException(
          "%s is neither a folder nor s3://BUCKET/PREFIX".formatted(location));
    }
    try {
      return new S3ReleaseStore(
          S3Bucket.open(bucket.group(1), options), bucket.group(2) == null ? "" : bucket.group(2));
    } catch (NoClassDefFoundError e) {
      throw new IllegalArgumentException(
          "%s needs software.amazon.awssdk:s3 and software.amazon.awssdk:url-connection-client on"
                  .formatted(location)
              + " the class path",
          e);
    }
  }
}
