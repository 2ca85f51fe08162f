package io.sentencestreams.model.release;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * How a bucket is reached. Credentials are found as all of AWS's programs find them: in system
 * properties, the environment, a profile, or the machine's role.
 *
 * @param endpoint of a service other than Amazon's
 * @param region of the bucket; empty: the environment's or the profile's, and with an endpoint any
 * @param pathStyle whether the bucket is a part of the path and not of the host's name, where an
 *     endpoint is given
 */
public record S3Options(Optional<URI> endpoint, Optional<String> region, boolean pathStyle) {
  /** Amazon's own service, in the region that the environment names. */
  public static final S3Options DEFAULT = new S3Options(Optional.empty(), Optional.empty(), true);

  /**
   * Takes what is null or blank for not given.
   *
   * @throws IllegalArgumentException if the endpoint is no HTTP address
   */
  public static S3Options of(String endpoint, String region, boolean pathStyle) {
    return new S3Options(
        Optional.ofNullable(endpoint).filter(text -> !text.isBlank()).map(S3Options::address),
        Optional.ofNullable(region).filter(text -> !text.isBlank()),
        pathStyle);
  }

  private static URI address(String endpoint) {
    try {
      URI address = new URI(endpoint.strip());
      if (address.getHost() != null && String.valueOf(address.getScheme()).matches("https?")) {
        return address;
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("%s is no address: %s".formatted(endpoint, e), e);
    }
    throw new IllegalArgumentException(
        "%s is no address such as https://storage.example.com".formatted(endpoint));
  }
}
