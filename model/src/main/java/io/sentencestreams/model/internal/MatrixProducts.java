package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.sentencestreams.model.Precision;

/** Square matrices on the CPU and their products. Owns the matrices' native memory. */
public final class MatrixProducts implements AutoCloseable {
  private final PtNDManager manager = Torch.newManager(Device.cpu());
  private final PtSymbolBlock script = Torch.loadScript(manager, "multiply.py");
  private final IValue matrices;

  /**
   * Makes random matrices.
   *
   * @param precision of the numbers, not {@code AUTO}
   * @param count products to compute in a call
   * @param size rows and columns of each matrix
   */
  public MatrixProducts(Precision precision, int count, int size) {
    int type = new Arithmetic(precision, false).typeCode();
    try (IValue countValue = IValue.from(count);
        IValue sizeValue = IValue.from(size);
        IValue typeValue = IValue.from(type)) {
      this.matrices =
          Torch.call(
              () -> IValueUtils.runMethod(script, "matrices", countValue, sizeValue, typeValue));
    }
  }

  /** Multiplies each matrix with the next, on this thread alone. */
  public void multiply() {
    Torch.prepareThread(1);
    Torch.call(() -> IValueUtils.runMethod(script, "multiply", matrices)).close();
  }

  @Override
  public void close() {
    matrices.close();
    manager.close();
  }
}
