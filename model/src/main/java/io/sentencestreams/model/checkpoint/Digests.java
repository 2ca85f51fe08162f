package io.sentencestreams.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.TreeSet;

/** SHA-256 of files and of checkpoints, in hexadecimal. */
final class Digests {
  private Digests() {}

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of a file's bytes. */
  static String of(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return hex(digest);
  }

  /** Of all that a checkpoint's embeddings depend on. */
  static String of(Checkpoint checkpoint) {
    MessageDigest digest = sha256();
    try (Weights weights = checkpoint.weights()) {
      for (String name : new TreeSet<>(weights.names())) {
        Tensor tensor = weights.get(name);
        add(digest, "%s %s%s".formatted(name, tensor.dtype(), Arrays.toString(tensor.shape())));
        digest.update(tensor.data());
      }
    }
    add(digest, checkpoint.config().toString());
    for (SentenceModule module : checkpoint.modules()) {
      add(digest, canonical(module));
    }
    try {
      byte[] tokenizer = Files.readAllBytes(checkpoint.tokenizerFile());
      add(digest, "tokenizer");
      digest.update(tokenizer);
    } catch (IOException e) {
      throw new CheckpointException(
          "cannot read %s: %s".formatted(checkpoint.tokenizerFile(), e), e);
    }
    return hex(digest);
  }

  private static String canonical(SentenceModule module) {
    if (module instanceof SentenceModule.Transformer transformer) {
      return "Transformer %d %b"
          .formatted(transformer.maxSequenceLength(), transformer.lowerCase());
    }
    return module.toString();
  }

  /** Adds a text with its length before it, so that no two lists of texts give the same bytes. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }
}
