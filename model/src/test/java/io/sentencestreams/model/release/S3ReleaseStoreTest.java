package io.sentencestreams.model.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.internal.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Against S3Proxy, which is not ours and checks signatures. */
class S3ReleaseStoreTest extends ReleaseStoreContract {
  private static final String BUCKET = "models";
  private static final String KEY_ID = "aws.accessKeyId";
  private static final String SECRET = "aws.secretAccessKey";

  /** The smallest that services take. */
  private static final int PART_BYTES = 5 << 20;

  private static final int LARGE = PART_BYTES + 1000;

  @TempDir private static Path shared;
  private static S3Server server;
  private static S3Client admin;
  private static long bytesOfUpload;

  private final String prefix = "releases/" + UUID.randomUUID();

  @BeforeAll
  static void startServer() throws IOException {
    server = new S3Server(shared);
    admin =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(S3Server.KEY_ID, S3Server.SECRET)))
            .endpointOverride(server.endpoint())
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .build();
    admin.createBucket(bucket -> bucket.bucket(BUCKET));
  }

  @AfterAll
  static void stopServer() {
    admin.close();
    server.close();
  }

  /** Before the store is opened, as the user of a machine has them. */
  @BeforeEach
  void setCredentials() {
    credentials(S3Server.KEY_ID, S3Server.SECRET);
  }

  @AfterEach
  void clearCredentials() {
    System.clearProperty(KEY_ID);
    System.clearProperty(SECRET);
    System.clearProperty("aws.disableEc2Metadata");
  }

  private static void credentials(String keyId, String secret) {
    System.setProperty(KEY_ID, keyId);
    System.setProperty(SECRET, secret);
  }

  @Override
  ReleaseStore open() {
    return ReleaseStores.open("s3://%s/%s".formatted(BUCKET, prefix), options(server.endpoint()));
  }

  private ReleaseStore open(URI endpoint, int attempts) {
    return new S3ReleaseStore(
        S3Bucket.open(BUCKET, options(endpoint), PART_BYTES, attempts), prefix);
  }

  private static S3Options options(URI endpoint) {
    return S3Options.of(endpoint.toString(), null, true);
  }

  @Override
  byte[] stored(String version, String file) throws IOException {
    String key = key(file);
    return admin.getObjectAsBytes(get -> get.bucket(BUCKET).key(key)).asByteArray();
  }

  @Override
  void replace(String version, String file, byte[] bytes) throws IOException {
    String key = key(file);
    admin.putObject(put -> put.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes));
  }

  private String key(String file) throws IOException {
    return prefix + "/files/" + Sha256.of(MODEL.resolve(file));
  }

  @Override
  void copyAs(String version, String other) {
    admin.copyObject(
        copy ->
            copy.sourceBucket(BUCKET)
                .sourceKey(prefix + "/" + version + "/manifest.json")
                .destinationBucket(BUCKET)
                .destinationKey(prefix + "/" + other + "/manifest.json"));
  }

  @Override
  void deleteAll() {
    for (String key : keys()) {
      admin.deleteObject(delete -> delete.bucket(BUCKET).key(key));
    }
  }

  private List<String> keys() {
    return admin.listObjectsV2(list -> list.bucket(BUCKET).prefix(prefix)).contents().stream()
        .map(S3Object::key)
        .toList();
  }

  @Test
  void shouldDeleteFilesOfNoReleaseAndKeepSharedOnes() throws IOException {
    String kept = store.publish(MODEL, "a model");
    List<String> itsOwn = keys();
    String other = store.publish(OTHER, "another");
    assertThat(keys()).hasSizeLessThan(2 * itsOwn.size()); // they share some
    store.prune(Set.of(kept), Instant.now().plusSeconds(3600));
    assertThat(keys()).isEqualTo(itsOwn).noneMatch(key -> key.contains(other));
  }

  @Test
  void shouldPutNothingThereTwice() throws IOException {
    store.publish(MODEL, "a model");
    List<String> first = keys();
    Path other = copyOfModel();
    Files.writeString(other.resolve("README.md"), "another text");
    store.publish(other, "a model");
    assertThat(keys()).isEqualTo(first); // the same digest: what is there stays
    assertThat(store.describe()).isEqualTo("s3://models/" + prefix + "/");
  }

  @Test
  void shouldPutALargeFileThereInParts() throws IOException {
    Path model = modelWithLargeFile();
    try (ReleaseStore inParts = open(server.endpoint(), 3)) {
      String version = inParts.publish(model, "large");
      assertThat(cache.fetch(version).directory().resolve("large.bin"))
          .hasSameBinaryContentAs(model.resolve("large.bin"));
    }
    String key = prefix + "/files/" + Sha256.of(model.resolve("large.bin"));
    // The tag of an object in parts ends with their number.
    assertThat(admin.headObject(head -> head.bucket(BUCKET).key(key)).eTag()).endsWith("-2\"");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.5, 0.99})
  void shouldShowNothingOfAnUploadThatIsCutOff(double share) throws IOException {
    Path model = modelWithLargeFile();
    String version = Checkpoint.open(model).digest();
    try (CuttingRelay relay =
            new CuttingRelay(
                server.address(), (long) (share * bytesOfUpload(model)), (all, one) -> all.cut());
        ReleaseStore behind = open(relay.endpoint(), 1)) {
      assertThatThrownBy(() -> behind.publish(model, "large"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot be reached");
    }
    assertThatThrownBy(() -> cache.fetch(version)).hasMessageContaining("no model " + version);
    assertThat(store.publish(model, "large")).isEqualTo(version);
    cache.fetch(version).verify();
  }

  /** Of one that is not cut off, in another place of the bucket. */
  private static long bytesOfUpload(Path model) throws IOException {
    if (bytesOfUpload > 0) {
      return bytesOfUpload;
    }
    try (CuttingRelay relay = new CuttingRelay(server.address(), Long.MAX_VALUE, (all, one) -> {});
        ReleaseStore other =
            new S3ReleaseStore(
                S3Bucket.open(BUCKET, options(relay.endpoint()), PART_BYTES, 1),
                "measured/" + UUID.randomUUID())) {
      other.publish(model, "large");
      bytesOfUpload = relay.passed();
      return bytesOfUpload;
    }
  }

  @Test
  void shouldShowNothingOfAnUploadWhoseProcessIsKilled() throws Exception {
    Path model = modelWithLargeFile();
    String version = Checkpoint.open(model).digest();
    Process[] publisher = new Process[1];
    try (CuttingRelay relay =
        new CuttingRelay(
            server.address(), LARGE / 2, (all, one) -> publisher[0].destroyForcibly())) {
      publisher[0] = publisher(relay.endpoint(), model);
      assertThat(publisher[0].waitFor(5, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(publisher[0].exitValue()).isEqualTo(128 + 9);
    assertThatThrownBy(() -> cache.fetch(version)).hasMessageContaining("no model " + version);
    assertThat(store.publish(model, "large")).isEqualTo(version);
    cache.fetch(version).verify();
  }

  private Process publisher(URI endpoint, Path model) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-D%s=%s".formatted(KEY_ID, S3Server.KEY_ID),
            "-D%s=%s".formatted(SECRET, S3Server.SECRET),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            S3Publisher.class.getName(),
            "s3://%s/%s".formatted(BUCKET, prefix),
            endpoint.toString(),
            model.toString())
        .inheritIO()
        .start();
  }

  @Test
  void shouldTryAgainWhenAConnectionBreaks() throws IOException {
    Path model = modelWithLargeFile();
    try (CuttingRelay relay =
            new CuttingRelay(server.address(), LARGE / 2, (all, client) -> client.close());
        ReleaseStore behind = open(relay.endpoint(), 3)) {
      cache.fetch(behind.publish(model, "large")).verify();
    }
  }

  @Test
  void shouldSayThatThereIsNoBucket() {
    try (ReleaseStore none = ReleaseStores.open("s3://other/x", options(server.endpoint()))) {
      assertThatThrownBy(() -> none.publish(MODEL, "a model"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("there is no bucket other; create it, or name another")
          .hasMessageContaining(server.endpoint().toString());
    }
  }

  @Test
  void shouldSayThatTheCredentialsAreWrong() {
    credentials(S3Server.KEY_ID, "wrong");
    assertThatThrownBy(() -> store.publish(MODEL, "a model"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("access is refused (SignatureDoesNotMatch)")
        .hasMessageContaining("are the credentials right");
    credentials("nobody", "wrong");
    assertThatThrownBy(() -> store.download("0".repeat(64), folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("access is refused");
  }

  @Test
  void shouldSayThatThereAreNoCredentials() {
    clearCredentials();
    System.setProperty("aws.disableEc2Metadata", "true");
    try (ReleaseStore without = open()) {
      assertThatThrownBy(() -> without.publish(MODEL, "a model"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no credentials are found; set AWS_ACCESS_KEY_ID");
    }
  }

  @Test
  void shouldSayThatTheServiceCannotBeReached() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (ReleaseStore nowhere = open(URI.create("http://127.0.0.1:" + port), 2)) {
      assertThatThrownBy(() -> nowhere.publish(MODEL, "a model"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("the service cannot be reached")
          .hasMessageContaining("127.0.0.1:" + port);
    }
  }

  @Test
  void shouldRefuseAnEndpointThatIsNoAddress() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Options.of("localhost:9000", null, true))
        .withMessageContaining("localhost:9000 is no address such as https://");
    assertThat(S3Options.of(" ", "", true)).isEqualTo(S3Options.DEFAULT);
    assertThat(S3Options.of(null, "eu-north-1", true).region())
        .isEqualTo(Optional.of("eu-north-1"));
  }

  private Path copyOfModel() throws IOException {
    Path copy = folder.resolve("copy");
    try (Stream<Path> walk = Files.walk(MODEL)) {
      for (Path file : walk.toList()) {
        Files.copy(file, copy.resolve(MODEL.relativize(file).toString()));
      }
    }
    return copy;
  }

  private Path modelWithLargeFile() throws IOException {
    Path copy = copyOfModel();
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    Files.write(copy.resolve("large.bin"), large);
    return copy;
  }
}
