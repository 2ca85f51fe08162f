package io.sentencestreams.model.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import io.sentencestreams.model.internal.Torch;
import java.util.List;

/**
 * Functions of tensors in TorchScript, through which gradients flow: one native call where array
 * operations from Java would take dozens.
 *
 * <p>The source is in the dialect of a TorchScript archive: the methods of a class, indented by two
 * spaces, with {@code self: __torch__.Kernel} first. They take tensors and lists of tensors and
 * return a tensor or a tuple of tensors.
 *
 * <p>Owns the compiled script. Several threads may call it, each with arrays of its own: a call
 * names its arguments. {@link #close} must not run during a call.
 */
public final class TensorScript implements AutoCloseable {
  /** Leaves the number of threads as it was last set for the calling thread. */
  public static final int SAME_THREADS = 0;

  private final PtNDManager manager;
  private final PtSymbolBlock block;

  private TensorScript(PtNDManager manager, PtSymbolBlock block) {
    this.manager = manager;
    this.block = block;
  }

  /**
   * Compiles methods.
   *
   * @throws ai.djl.engine.EngineException if the source is not valid; the message says where
   */
  public static TensorScript compile(String methods) {
    PtNDManager manager = Torch.newManager(Device.cpu());
    try {
      return new TensorScript(manager, Torch.compile(manager, methods));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * Calls a method.
   *
   * @param target takes the results
   * @param gradients whether the results remember how they came about, for a gradient collector;
   *     without, they must not take part in anything that is to be differentiated
   * @param threads threads that an operator may use on a CPU, from this call on, in whatever the
   *     calling thread computes; {@link #SAME_THREADS} for as many as before
   * @param arguments an {@link NDArray} or a list of at least one for each of the method's
   */
  public NDList call(
      NDManager target, String method, boolean gradients, int threads, Object... arguments) {
    if (threads == SAME_THREADS) {
      Torch.prepareThread();
    } else {
      Torch.prepareThread(threads);
    }
    NDList inputs = new NDList();
    try (NDArray name = target.zeros(new Shape(1))) {
      name.setName("module_method:" + method);
      inputs.add(name); // the first array's manager takes the results
      for (int i = 0; i < arguments.length; i++) {
        add(inputs, arguments[i], i);
      }
      return Torch.call(() -> IValueUtils.forward(block, inputs, gradients));
    }
  }

  /** As one argument, where the engine's binding finds it by the names of the arrays. */
  private static void add(NDList inputs, Object argument, int index) {
    if (argument instanceof NDArray array) {
      array.setName(null);
      inputs.add(array);
    } else if (argument instanceof List<?> list && !list.isEmpty()) {
      for (Object element : list) {
        NDArray array = (NDArray) element;
        array.setName("argument%d[]".formatted(index));
        inputs.add(array);
      }
    } else {
      throw new IllegalArgumentException(
          "argument %d must be an array or a list of at least one array".formatted(index));
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
