package io.sentencestreams.app.clusters;

import io.sentencestreams.app.topology.BinaryForm;
import io.sentencestreams.app.window.WindowText;
import io.sentencestreams.model.clustering.online.Cluster;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.model.clustering.online.NeighbourOdds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;

/** Bytes of what goes between micro-clusters and macro step, see {@link BinaryForm}. */
final class ClusterCodec {
  static final BinaryForm FORM = new BinaryForm((byte) 2);

  private static final int FIXED_BYTES = 160;
  private static final int TEXT = 0;
  private static final int MODEL = 1;
  private static final int SUMMARY = 0;
  private static final int LIVING = 1;

  private ClusterCodec() {}

  static byte[] encode(EmbeddedText text) {
    return FORM.encode(
        FIXED_BYTES + Float.BYTES * text.vector().length + 2 * text.text().length(),
        encoder -> {
          encoder.writeInt(TEXT);
          encoder.writeString(text.id());
          encoder.writeString(text.topic());
          encoder.writeInt(text.partition());
          encoder.writeLong(text.offset());
          encoder.writeLong(text.time());
          encoder.writeString(text.modelVersion());
          writeFloats(encoder, text.vector());
          encoder.writeString(text.text());
        });
  }

  static byte[] encode(ModelPart part) {
    return FORM.encode(
        FIXED_BYTES + part.bytes().length,
        encoder -> {
          encoder.writeInt(MODEL);
          encoder.writeString(part.modelVersion());
          encoder.writeLong(part.step());
          encoder.writeInt(part.index());
          encoder.writeInt(part.count());
          encoder.writeBytes(part.bytes());
        });
  }

  static MicroInput decodeInput(byte[] bytes) {
    return FORM.decode(
        "A record for the micro-clusters",
        bytes,
        decoder -> {
          int kind = decoder.readInt();
          return switch (kind) {
            case TEXT -> readText(decoder);
            case MODEL -> readPart(decoder);
            default -> throw new IOException("there is no kind " + kind);
          };
        });
  }

  private static EmbeddedText readText(BinaryDecoder decoder) throws IOException {
    return new EmbeddedText(
        decoder.readString(),
        decoder.readString(),
        decoder.readInt(),
        decoder.readLong(),
        decoder.readLong(),
        decoder.readString(),
        readFloats(decoder),
        decoder.readString());
  }

  private static ModelPart readPart(BinaryDecoder decoder) throws IOException {
    return new ModelPart(
        decoder.readString(),
        decoder.readLong(),
        decoder.readInt(),
        decoder.readInt(),
        readBytes(decoder));
  }

  static byte[] encode(Member member) {
    ClusteredText text = member.text();
    return FORM.encode(
        FIXED_BYTES + 2 * text.text().length(),
        encoder -> {
          encoder.writeString(text.id());
          encoder.writeString(text.source().topic());
          encoder.writeInt(text.source().partition());
          encoder.writeLong(text.source().offset());
          encoder.writeLong(text.eventTime());
          encoder.writeString(text.modelVersion());
          encoder.writeString(text.text());
          encoder.writeBoolean(text.provisional());
          encoder.writeFloat(text.similarity());
          encoder.writeLong(member.microCluster());
          encoder.writeLong(member.arrival());
        });
  }

  static Member decodeMember(byte[] bytes) {
    return FORM.decode(
        "A text of the clusters",
        bytes,
        decoder ->
            new Member(
                new ClusteredText(
                    decoder.readString(),
                    new WindowText.Source(
                        decoder.readString(), decoder.readInt(), decoder.readLong()),
                    decoder.readLong(),
                    decoder.readString(),
                    decoder.readString(),
                    null,
                    decoder.readBoolean(),
                    decoder.readFloat()),
                decoder.readLong(),
                decoder.readLong()));
  }

  static byte[] encode(MicroOutput.Summary summary) {
    return FORM.encode(
        FIXED_BYTES + summary.bytes().length,
        encoder -> {
          encoder.writeInt(SUMMARY);
          encoder.writeString(summary.modelVersion());
          encoder.writeLong(summary.id());
          encoder.writeBytes(summary.bytes());
        });
  }

  static byte[] encode(MicroOutput.Living living) {
    return FORM.encode(
        FIXED_BYTES + Long.BYTES * living.ids().length,
        encoder -> {
          encoder.writeInt(LIVING);
          encoder.writeString(living.modelVersion());
          encoder.writeInt(living.partition());
          encoder.writeLong(living.now());
          encoder.writeInt(living.ids().length);
          long before = 0;
          for (long id : living.ids()) { // differences are short in Avro
            encoder.writeLong(id - before);
            before = id;
          }
        });
  }

  static MicroOutput decodeOutput(byte[] bytes) {
    return FORM.decode(
        "A record of micro-clusters",
        bytes,
        decoder -> {
          int kind = decoder.readInt();
          return switch (kind) {
            case SUMMARY ->
                new MicroOutput.Summary(
                    decoder.readString(), decoder.readLong(), readBytes(decoder));
            case LIVING ->
                new MicroOutput.Living(
                    decoder.readString(), decoder.readInt(), decoder.readLong(), readIds(decoder));
            default -> throw new IOException("there is no kind " + kind);
          };
        });
  }

  private static long[] readIds(BinaryDecoder decoder) throws IOException {
    long[] ids = new long[decoder.readInt()];
    long before = 0;
    for (int i = 0; i < ids.length; i++) {
      before += decoder.readLong();
      ids[i] = before;
    }
    return ids;
  }

  /**
   * What placing texts needs of a macro step.
   *
   * @param partition whose micro-clusters it is for; those of others are left out
   */
  static byte[] encode(MacroStep step, int partition) {
    Map<Long, Long> assignments = ofPartition(step.assignments(), partition);
    Map<Long, Long> provisional = ofPartition(step.provisional(), partition);
    int dimension = step.clusters().isEmpty() ? 0 : step.clusters().get(0).centroid().length;
    return FORM.encode(
        FIXED_BYTES + step.clusters().size() * (Float.BYTES * dimension + 32),
        encoder -> {
          encoder.writeLong(step.time());
          encoder.writeDouble(step.odds().slope());
          encoder.writeDouble(step.odds().even());
          encoder.writeDouble(step.odds().unrelated());
          encoder.writeDouble(step.odds().usual());
          encoder.writeInt(step.clusters().size());
          for (Cluster cluster : step.clusters()) {
            encoder.writeLong(cluster.id());
            encoder.writeLong(cluster.size());
            encoder.writeDouble(cluster.weight());
            writeFloats(encoder, cluster.centroid());
          }
          writeMap(encoder, assignments);
          writeMap(encoder, provisional);
        });
  }

  private static Map<Long, Long> ofPartition(Map<Long, Long> all, int partition) {
    Map<Long, Long> some = new TreeMap<>();
    all.forEach(
        (micro, cluster) -> {
          if (PartitionIds.partition(micro) == partition) {
            some.put(micro, cluster);
          }
        });
    return some;
  }

  private static void writeMap(BinaryEncoder encoder, Map<Long, Long> map) throws IOException {
    encoder.writeInt(map.size());
    for (Map.Entry<Long, Long> entry : map.entrySet()) {
      encoder.writeLong(entry.getKey());
      encoder.writeLong(entry.getValue());
    }
  }

  private static Map<Long, Long> readMap(BinaryDecoder decoder) throws IOException {
    Map<Long, Long> map = new HashMap<>();
    for (int left = decoder.readInt(); left > 0; left--) {
      map.put(decoder.readLong(), decoder.readLong());
    }
    return map;
  }

  /** What {@link #encode(MacroStep, int)} wrote: clusters without words, and no events. */
  static MacroStep decodeStep(byte[] bytes) {
    return FORM.decode(
        "The clusters of a macro step",
        bytes,
        decoder -> {
          long time = decoder.readLong();
          NeighbourOdds odds =
              new NeighbourOdds(
                  decoder.readDouble(),
                  decoder.readDouble(),
                  decoder.readDouble(),
                  decoder.readDouble());
          List<Cluster> clusters = new ArrayList<>();
          for (int left = decoder.readInt(); left > 0; left--) {
            clusters.add(
                new Cluster(
                    decoder.readLong(),
                    decoder.readLong(),
                    decoder.readDouble(),
                    readFloats(decoder),
                    List.of(),
                    List.of(),
                    time,
                    time,
                    List.of()));
          }
          return new MacroStep(time, clusters, List.of(), readMap(decoder), readMap(decoder), odds);
        });
  }

  private static void writeFloats(BinaryEncoder encoder, float[] values) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Float.BYTES * values.length);
    buffer.asFloatBuffer().put(values);
    encoder.writeBytes(buffer);
  }

  private static float[] readFloats(BinaryDecoder decoder) throws IOException {
    ByteBuffer buffer = decoder.readBytes(null);
    float[] values = new float[buffer.remaining() / Float.BYTES];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  private static byte[] readBytes(BinaryDecoder decoder) throws IOException {
    ByteBuffer buffer = decoder.readBytes(null);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
