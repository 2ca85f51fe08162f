package io.sentencestreams.model.release;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Objects of a bucket. The client tries a request again that failed on the way or that the service
 * could not answer; what still fails says what a person can do about it. Thread-safe.
 */
final class S3Bucket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(S3Bucket.class);

  /** Larger files go up in parts of so many bytes; a service takes 10,000 parts. */
  private static final int PART_BYTES = 16 << 20;

  private static final int ATTEMPTS = 5;
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int NOT_IMPLEMENTED = 501;

  private final S3Client client;
  private final String name;
  private final String place;
  private final int partBytes;

  private S3Bucket(S3Client client, String name, String place, int partBytes) {
    this.client = client;
    this.name = name;
    this.place = place;
    this.partBytes = partBytes;
  }

  /** A bucket that is not asked for anything yet. */
  static S3Bucket open(String name, S3Options options) {
    return open(name, options, PART_BYTES, ATTEMPTS);
  }

  /** For tests: with parts of another size, and other attempts at each request. */
  static S3Bucket open(String name, S3Options options, int partBytes, int attempts) {
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(ANSWER))
            .overrideConfiguration(
                override -> override.retryStrategy(retry -> retry.maxAttempts(attempts)));
    options.region().ifPresent(region -> builder.region(Region.of(region)));
    options
        .endpoint()
        .ifPresent(
            endpoint -> {
              builder.endpointOverride(endpoint).forcePathStyle(options.pathStyle());
              if (options.region().isEmpty()) {
                builder.region(Region.US_EAST_1); // signed with, and of no meaning elsewhere
              }
            });
    String place = options.endpoint().map(endpoint -> " at " + endpoint).orElse("");
    try {
      return new S3Bucket(builder.build(), name, place, partBytes);
    } catch (SdkException e) {
      throw new IllegalArgumentException(
          "the bucket %s cannot be reached: %s".formatted(name, e.getMessage()), e);
    }
  }

  String name() {
    return name;
  }

  /** A small object; empty if there is none of that name. */
  Optional<byte[]> read(String key) throws IOException {
    return call(
        key,
        () -> {
          try {
            ResponseBytes<GetObjectResponse> bytes =
                client.getObjectAsBytes(get -> get.bucket(name).key(key));
            return Optional.of(bytes.asByteArray());
          } catch (NoSuchKeyException e) {
            return Optional.empty();
          }
        });
  }

  /** Bytes of an object; empty if there is none of that name. */
  OptionalLong size(String key) throws IOException {
    return call(
        key,
        () -> {
          try {
            return OptionalLong.of(
                client.headObject(head -> head.bucket(name).key(key)).contentLength());
          } catch (NoSuchKeyException e) {
            return OptionalLong.empty();
          }
        });
  }

  /** Whether there is an object of that name; if so it is copied to a file that is not there. */
  boolean download(String key, Path file) throws IOException {
    return call(
        key,
        () -> {
          try {
            client.getObject(get -> get.bucket(name).key(key), file);
            return true;
          } catch (NoSuchKeyException e) {
            return false;
          }
        });
  }

  /** Puts a file there; it is seen when all of it is there. */
  void upload(String key, Path file) throws IOException {
    if (Files.size(file) > partBytes) {
      uploadInParts(key, file);
    } else {
      call(
          key,
          () -> client.putObject(put -> put.bucket(name).key(key), RequestBody.fromFile(file)));
    }
  }

  private void uploadInParts(String key, Path file) throws IOException {
    String id =
        call(key, () -> client.createMultipartUpload(create -> create.bucket(name).key(key)))
            .uploadId();
    try (InputStream in = Files.newInputStream(file)) {
      List<CompletedPart> parts = new ArrayList<>();
      for (byte[] bytes = in.readNBytes(partBytes);
          bytes.length > 0;
          bytes = in.readNBytes(partBytes)) {
        parts.add(part(key, id, parts.size() + 1, bytes));
      }
      call(
          key,
          () ->
              client.completeMultipartUpload(
                  complete ->
                      complete
                          .bucket(name)
                          .key(key)
                          .uploadId(id)
                          .multipartUpload(upload -> upload.parts(parts))));
    } catch (IOException | RuntimeException e) {
      abandon(key, id, e);
      throw e;
    }
  }

  private CompletedPart part(String key, String id, int number, byte[] bytes) throws IOException {
    String tag =
        call(
                key,
                () ->
                    client.uploadPart(
                        part -> part.bucket(name).key(key).uploadId(id).partNumber(number),
                        RequestBody.fromBytes(bytes)))
            .eTag();
    return CompletedPart.builder().partNumber(number).eTag(tag).build();
  }

  private void abandon(String key, String id, Exception reason) {
    try {
      client.abortMultipartUpload(abort -> abort.bucket(name).key(key).uploadId(id));
    } catch (SdkException e) {
      reason.addSuppressed(e);
      LOG.warn("Parts of {} are left in the bucket {}: {}", key, name, e.getMessage());
    }
  }

  /** Puts a small object there unless there is one of that name. */
  void putIfAbsent(String key, byte[] bytes) throws IOException {
    call(
        key,
        () -> {
          try {
            return client.putObject(
                put -> put.bucket(name).key(key).ifNoneMatch("*"), RequestBody.fromBytes(bytes));
          } catch (S3Exception e) {
            switch (e.statusCode()) {
              case PRECONDITION_FAILED -> {
                return null; // another was first
              }
              case CONFLICT, NOT_IMPLEMENTED -> {
                // Another is just putting the same there, or the service knows no conditions.
                return client.putObject(
                    put -> put.bucket(name).key(key), RequestBody.fromBytes(bytes));
              }
              default -> throw e;
            }
          }
        });
  }

  /** All objects whose names begin so. */
  List<Entry> list(String prefix) throws IOException {
    return call(
        prefix,
        () ->
            client
                .listObjectsV2Paginator(list -> list.bucket(name).prefix(prefix))
                .contents()
                .stream()
                .map(object -> new Entry(object.key(), object.lastModified()))
                .toList());
  }

  /** Takes an object away, if it is there. */
  void delete(String key) throws IOException {
    call(key, () -> client.deleteObject(delete -> delete.bucket(name).key(key)));
  }

  /** An object, and when it was put there. */
  record Entry(String key, Instant modified) {}

  @Override
  public void close() {
    client.close();
  }

  private interface Request<T> {
    T send();
  }

  private <T> T call(String key, Request<T> request) throws IOException {
    try {
      return request.send();
    } catch (S3Exception e) {
      throw new IOException("s3://%s/%s%s: %s".formatted(name, key, place, refusal(e)), e);
    } catch (SdkException e) {
      throw new IOException("s3://%s/%s%s: %s".formatted(name, key, place, failure(e)), e);
    }
  }

  private String refusal(S3Exception e) {
    String code =
        e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorCode());
    if (e.statusCode() == NOT_FOUND) {
      return "there is no bucket %s; create it, or name another".formatted(name);
    }
    if (e.statusCode() == FORBIDDEN) {
      return "access is refused (%s); are the credentials right, and may they read and write there?"
          .formatted(code);
    }
    return "the service refuses: %s".formatted(e.getMessage());
  }

  private static String failure(SdkException e) {
    String message = String.valueOf(e.getMessage());
    if (message.startsWith("Unable to load credentials")) {
      return "no credentials are found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a"
          + " profile, or give the machine a role";
    }
    return "the service cannot be reached: " + message;
  }
}
