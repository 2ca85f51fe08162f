package io.sentencestreams.model.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, written in hexadecimal. */
public final class Sha256 {
  private Sha256() {}

  /** An empty digest. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Ends a digest. */
  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of a text, in UTF-8. */
  public static String ofText(String text) {
    MessageDigest digest = digest();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return hex(digest);
  }

  /** Of a file's content. */
  public static String of(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return copy(in, OutputStream.nullOutputStream());
    }
  }

  /** Copies a stream and returns the digest of what passed; closes neither. */
  public static String copy(InputStream in, OutputStream out) throws IOException {
    MessageDigest digest = digest();
    DigestInputStream digesting = new DigestInputStream(in, digest);
    byte[] buffer = new byte[1 << 16];
    for (int n = digesting.read(buffer); n >= 0; n = digesting.read(buffer)) {
      out.write(buffer, 0, n);
    }
    return hex(digest);
  }
}
