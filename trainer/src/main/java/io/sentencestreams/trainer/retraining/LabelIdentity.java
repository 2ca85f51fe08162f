package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.Label;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What two labels must have in common to speak of the same, and to be held out together. */
final class LabelIdentity {
  private static final HexFormat HEX = HexFormat.of();

  private LabelIdentity() {}

  /** The key of a task's label: a later one with the same key takes its place. */
  static String key(String task, Label label) {
    // Similarity has no direction, inference and belonging have one.
    List<String> texts =
        label instanceof Label.ScoredPair
            ? label.texts().stream().sorted().toList()
            : label.texts();
    return task + ":" + HEX.formatHex(sha256(texts));
  }

  /** What a label says of its texts, so that two with one key can be compared. */
  static String statement(Label label) {
    if (label instanceof Label.ScoredPair pair) {
      return Double.toString(pair.score());
    }
    if (label instanceof Label.NliPair pair) {
      return pair.label().name();
    }
    return label instanceof Label.LabelledSentence sentence ? sentence.label() : "";
  }

  /**
   * Whether a label judges instead of training. It depends on the unordered pair of its first two
   * texts alone (or on its only text), whatever the task, so that no pair is ever on both sides.
   */
  static boolean isHeldOut(Label label, double share) {
    List<String> texts = label.texts().stream().limit(2).sorted().toList();
    long bits = ByteBuffer.wrap(sha256(texts)).getLong() >>> 11;
    return bits * 0x1p-53 < share;
  }

  /** In an order that has nothing to do with time or content, but is always the same. */
  static String shuffled(String salt, String key) {
    return HEX.formatHex(sha256(List.of(salt, key)));
  }

  private static byte[] sha256(List<String> texts) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    return digest.digest();
  }
}
