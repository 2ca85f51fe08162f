package io.sentencestreams.model.clustering.online;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a micro-cluster knows of its records, at one time.
 *
 * @param id never given twice, in any partition
 * @param time to which weights are faded
 * @param weight sum of the records' faded weights
 * @param squares sum of the squares of those weights: what a record's pair with itself weighs
 * @param count of records, not faded
 * @param placed the cluster that was said of its first record, {@link Placed#NOISE} if none
 * @param firstSeen time of the earliest record
 * @param lastSeen time of the latest record
 * @param centroid weighted mean of the unit vectors; the closer its length is to 1, the tighter
 * @param representatives most typical first
 * @param terms faded number of records that hold a word
 */
@SuppressWarnings("ArrayRecordComponent") // compared by id only; copying 384 floats would be waste
public record MicroSummary(
    long id,
    long time,
    double weight,
    double squares,
    long count,
    long placed,
    long firstSeen,
    long lastSeen,
    float[] centroid,
    List<Representative> representatives,
    Map<String, Double> terms) {
  private static final byte VERSION = 2;

  /** Mean squared distance of the records to the centroid, from 0 to 1. */
  public double spread() {
    double squares = 0;
    for (float value : centroid) {
      squares += (double) value * value;
    }
    return Math.max(0, 1 - squares);
  }

  /** The same at another time, with weights faded (or, for an earlier time, unchanged). */
  MicroSummary at(long now, long halfLife) {
    double factor = Decay.factor(time, now, halfLife);
    if (factor == 1) {
      return this;
    }
    Map<String, Double> faded = new HashMap<>();
    terms.forEach((term, value) -> faded.put(term, value * factor));
    return new MicroSummary(
        id,
        now,
        weight * factor,
        squares * factor * factor,
        count,
        placed,
        firstSeen,
        lastSeen,
        centroid,
        representatives,
        faded);
  }

  /** A compact form that {@link #fromBytes} reads back exactly. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256 + 4 * centroid.length);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(id);
      out.writeLong(time);
      out.writeDouble(weight);
      out.writeDouble(squares);
      out.writeLong(count);
      out.writeLong(placed);
      out.writeLong(firstSeen);
      out.writeLong(lastSeen);
      Binary.writeFloats(out, centroid);
      Binary.writeRepresentatives(out, representatives);
      out.writeInt(terms.size());
      // Sorted: equal summaries have equal bytes.
      for (Map.Entry<String, Double> term : new TreeMap<>(terms).entrySet()) {
        Binary.writeText(out, term.getKey());
        out.writeDouble(term.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if the bytes are of another version or damaged
   */
  public static MicroSummary fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Binary.expectVersion(in.readByte(), VERSION, "micro-cluster");
      long id = in.readLong();
      long time = in.readLong();
      double weight = in.readDouble();
      double squares = in.readDouble();
      long count = in.readLong();
      long placed = in.readLong();
      long firstSeen = in.readLong();
      long lastSeen = in.readLong();
      float[] centroid = Binary.readFloats(in);
      List<Representative> representatives = new ArrayList<>(Binary.readRepresentatives(in));
      Map<String, Double> terms = new HashMap<>();
      for (int left = Binary.readSize(in); left > 0; left--) {
        terms.put(Binary.readText(in), in.readDouble());
      }
      Binary.expectEnd(in, "micro-cluster");
      return new MicroSummary(
          id,
          time,
          weight,
          squares,
          count,
          placed,
          firstSeen,
          lastSeen,
          centroid,
          representatives,
          terms);
    } catch (IOException e) {
      throw new IllegalArgumentException("the micro-cluster's bytes are cut short", e);
    }
  }
}
