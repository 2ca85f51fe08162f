package io.sentencestreams.model.download;

import java.net.URI;
import java.util.Objects;
import java.util.Optional;

/**
 * What is fetched.
 *
 * @param url http or https
 * @param authorization value of the header of that name, which no other server is shown
 * @param sha256 that it must have, in hexadecimal
 * @param mostBytes more are not written
 */
public record Source(
    URI url, Optional<String> authorization, Optional<String> sha256, long mostBytes) {
  /** More is no file for this machine, but a server that never ends. */
  private static final long MOST = 64L << 30;

  /** Checks the address. */
  public Source {
    String scheme = Objects.toString(url.getScheme(), "");
    boolean http = scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https");
    if (!http || url.getHost() == null) {
      throw new DownloadException(
          "%s is no address to fetch from: give one of http or https".formatted(shown(url)));
    }
  }

  /** A public file. */
  public Source(URI url, Optional<String> sha256) {
    this(url, Optional.empty(), sha256, MOST);
  }

  /** An address as it may be printed: without a password or a signature. */
  public static String shown(URI url) {
    String text = url.toString();
    int query = text.indexOf('?');
    String base = query < 0 ? text : text.substring(0, query);
    String user = url.getRawUserInfo();
    return user == null ? base : base.replace(user + "@", "");
  }

  @Override
  public String toString() {
    return shown(url); // not the authorization
  }
}
