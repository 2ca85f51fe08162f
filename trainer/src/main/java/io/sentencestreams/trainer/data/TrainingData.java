package io.sentencestreams.trainer.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A data set to train on.
 *
 * @param name for reports, such as its file
 * @param examples at least one, all with as many texts
 */
public record TrainingData(String name, List<TrainingExample> examples) {
  /** Checks that there are examples, and all have the same columns. */
  public TrainingData {
    examples = List.copyOf(examples);
    if (examples.isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no example: there is nothing to train on".formatted(name));
    }
    int columns = examples.get(0).texts().size();
    for (int i = 0; i < examples.size(); i++) {
      if (examples.get(i).texts().size() != columns) {
        throw new IllegalArgumentException(
            "%s: example %d has %d texts, the first has %d"
                .formatted(name, i, examples.get(i).texts().size(), columns));
      }
    }
  }

  /** Texts that an example has. */
  public int columns() {
    return examples.get(0).texts().size();
  }

  /** SHA-256, in hexadecimal, of all texts and labels in their order. */
  public String digest() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (TrainingExample example : examples) {
      for (String text : example.texts()) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
      }
      ByteBuffer label = ByteBuffer.allocate(Integer.BYTES + example.label().length * Float.BYTES);
      label.putInt(example.label().length);
      for (float value : example.label()) {
        label.putFloat(value);
      }
      digest.update(label.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
