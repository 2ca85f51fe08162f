package io.sentencestreams.app.benchmark;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Vectors for the benchmark of the window: of a file, made up, or near copies of others. */
public final class WindowVectors {
  private static final double LEAST_COSINE = 0.8;
  private static final double GREATEST_COSINE = 0.999;
  private static final int OF_A_TOPIC = 200;

  private WindowVectors() {}

  /**
   * Reads little-endian 32-bit floats, row after row.
   *
   * @param most rows to read
   * @throws IOException if the file cannot be read or ends within a row
   */
  public static float[][] read(Path file, int dimension, int most) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long rowBytes = (long) dimension * Float.BYTES;
      if (channel.size() % rowBytes != 0) {
        throw new IOException(
            "%s: %d bytes are no whole number of rows of %d floats"
                .formatted(file, channel.size(), dimension));
      }
      float[][] vectors = new float[(int) Math.min(most, channel.size() / rowBytes)][dimension];
      ByteBuffer row = ByteBuffer.allocate((int) rowBytes).order(ByteOrder.LITTLE_ENDIAN);
      for (float[] vector : vectors) {
        row.clear();
        int read = 0;
        while (row.hasRemaining() && read >= 0) {
          read = channel.read(row);
        }
        row.flip();
        row.asFloatBuffer().get(vector);
      }
      return vectors;
    }
  }

  /**
   * Writes what {@link #read} reads.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, float[][] vectors) throws IOException {
    ByteBuffer row =
        ByteBuffer.allocate(vectors[0].length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      for (float[] vector : vectors) {
        row.asFloatBuffer().put(vector);
        out.write(row.array());
      }
    }
  }

  /** Vectors around topics, as those of texts are. */
  public static float[][] topics(Random random, int size, int dimension) {
    float[][] topics = new float[Math.max(2, size / OF_A_TOPIC)][dimension];
    for (float[] topic : topics) {
      for (int d = 0; d < dimension; d++) {
        topic[d] = (float) random.nextGaussian();
      }
    }
    float[][] vectors = new float[size][];
    Arrays.setAll(vectors, i -> near(random, topics[random.nextInt(topics.length)], 0.5));
    return vectors;
  }

  /**
   * So many vectors: those given, and in between near copies of them at cosines from 0.8 to 0.999.
   */
  public static float[][] withCopies(Random random, float[][] vectors, int size) {
    float[][] all = Arrays.copyOf(vectors, size);
    for (int i = vectors.length; i < size; i++) {
      float[] original = vectors[random.nextInt(vectors.length)];
      double share = random.nextDouble();
      all[i] = near(random, original, LEAST_COSINE + share * (GREATEST_COSINE - LEAST_COSINE));
    }
    for (int i = size - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      float[] moved = all[i];
      all[i] = all[other];
      all[other] = moved;
    }
    return all;
  }

  /** A vector at a cosine to another one, in a random direction. */
  private static float[] near(Random random, float[] vector, double cosine) {
    float[] noise = new float[vector.length];
    double squares = 0;
    double along = 0;
    for (int d = 0; d < noise.length; d++) {
      noise[d] = (float) random.nextGaussian();
      squares += (double) vector[d] * vector[d];
      along += (double) noise[d] * vector[d];
    }
    double noiseSquares = 0;
    for (int d = 0; d < noise.length; d++) {
      noise[d] -= (float) (along / squares * vector[d]);
      noiseSquares += (double) noise[d] * noise[d];
    }
    double vectorScale = cosine / Math.sqrt(squares);
    double noiseScale = Math.sqrt((1 - cosine * cosine) / noiseSquares);
    float[] near = new float[noise.length];
    for (int d = 0; d < noise.length; d++) {
      near[d] = (float) (vectorScale * vector[d] + noiseScale * noise[d]);
    }
    return near;
  }
}
