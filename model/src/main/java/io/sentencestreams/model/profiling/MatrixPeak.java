package io.sentencestreams.model.profiling;

import io.sentencestreams.model.Precision;
import io.sentencestreams.model.internal.MatrixProducts;

/**
 * The most that a core of this machine gets out of the arithmetic: products of large square
 * matrices, the measure that an encoder's rate is held against.
 *
 * <p>Thread-safe: for the peak of the machine, each core's thread calls {@link #multiply}. Owns the
 * native memory of the matrices.
 */
public final class MatrixPeak implements AutoCloseable {
  private static final int SIZE = 768;
  private static final int COUNT = 4;

  private final Precision precision;
  private final MatrixProducts products;

  /**
   * Makes the matrices.
   *
   * @param precision of the encoder; for int8, whose products libtorch does not offer apart, the
   *     matrices are fp32
   */
  public MatrixPeak(Precision precision) {
    this.precision = precision == Precision.INT8 ? Precision.FP32 : precision;
    this.products = new MatrixProducts(this.precision, COUNT, SIZE);
  }

  /** Precision of the matrices. */
  public Precision precision() {
    return precision;
  }

  /** Multiplications and additions of one call of {@link #multiply}. */
  public double operations() {
    return 2.0 * COUNT * SIZE * SIZE * SIZE;
  }

  /** Multiplies, on this thread alone. */
  public void multiply() {
    products.multiply();
  }

  @Override
  public void close() {
    products.close();
  }
}
