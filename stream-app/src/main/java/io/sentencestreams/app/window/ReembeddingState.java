package io.sentencestreams.app.window;

import java.util.List;

/**
 * What outlives the task of a partition that follows models: {@link Reembedding}.
 *
 * @param settled the version that all texts have, or are copied to; empty at first
 * @param complete the version that all partitions have settled on, as far as this one knows
 * @param left versions that it has settled on others after
 * @param target the version that texts are copied to
 * @param swaps how often that has changed, which tells the copies of one time from those of
 *     another, when a model comes back
 */
record ReembeddingState(
    String settled, String complete, List<String> left, String target, long swaps) {
  static final ReembeddingState NEW = new ReembeddingState("", "", List.of(), "", 0);

  byte[] encode() {
    return WindowCodec.encode(
        0,
        encoder -> {
          encoder.writeString(settled);
          encoder.writeString(complete);
          WindowCodec.writeVersions(left, encoder);
          encoder.writeString(target);
          encoder.writeLong(swaps);
        });
  }

  static ReembeddingState decode(byte[] bytes) {
    return WindowCodec.decode(
        "The version of a partition of the window",
        bytes,
        decoder ->
            new ReembeddingState(
                decoder.readString(),
                decoder.readString(),
                WindowCodec.readVersions(decoder),
                decoder.readString(),
                decoder.readLong()));
  }
}
