package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import io.sentencestreams.model.EncoderClosedException;
import io.sentencestreams.model.EncoderException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** The engine: started once per process, from libraries on the class path, without the network. */
public final class Torch {
  private static final String OFFLINE = "ai.djl.offline";

  private static final ReadWriteLock RUNNING = new ReentrantReadWriteLock();
  private static volatile boolean exiting;

  private Torch() {}

  /** The engine, or why there is none: what could not be loaded once is not tried again. */
  private record Start(Engine engine, EncoderException failure) {}

  private static final class Holder {
    static final Start START = start();

    private static Start start() {
      forbidDownloads();
      // DJL turns the script optimizer on unless told otherwise. It compiles anew for new shapes,
      // which ragged batches always have: the first call of a shape took ten times as long, later
      // ones gained nothing.
      if (System.getProperty("ai.djl.pytorch.graph_optimizer") == null) {
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
      }
      try {
        TorchLibraries.choose();
        Engine engine = Engine.getEngine("PyTorch");
        Runtime.getRuntime().addShutdownHook(new Thread(Torch::awaitCallsAtExit, "torch-exit"));
        return new Start(engine, null);
      } catch (EncoderException e) {
        return new Start(null, e);
      } catch (EngineException | LinkageError e) {
        return new Start(null, TorchLibraries.failure(e));
      }
    }
  }

  /**
   * Starts the engine, if it is not yet.
   *
   * @throws EncoderException if its native libraries cannot be loaded
   */
  private static Engine engine() {
    EncoderException failure = Holder.START.failure();
    if (failure != null) {
      throw new EncoderException(failure.getMessage(), failure);
    }
    return Holder.START.engine();
  }

  /**
   * When the process exits, libtorch's static objects are destroyed under whatever still computes,
   * and that is a crash. So the exit waits for running calls, and later ones are refused.
   */
  @SuppressWarnings("LockNotBeforeTry") // held until the process is gone
  private static void awaitCallsAtExit() {
    exiting = true;
    RUNNING.writeLock().lock();
  }

  /**
   * Makes a native call that takes time.
   *
   * @throws EncoderClosedException if the process is exiting
   */
  public static <T> T call(Supplier<T> work) {
    if (exiting || !RUNNING.readLock().tryLock()) {
      throw new EncoderClosedException("the process is exiting: nothing is encoded any more");
    }
    try {
      return work.get();
    } finally {
      RUNNING.readLock().unlock();
    }
  }

  /** Keeps DJL, the tokenizers included, from fetching anything or reporting its use. */
  public static void forbidDownloads() {
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
  }

  /** Number of GPUs that the engine can use; starts the engine. */
  public static int gpuCount() {
    return engine().getGpuCount();
  }

  /** Version of libtorch; starts the engine. */
  public static String version() {
    return engine().getVersion();
  }

  /** A new root of native memory on a device; the caller closes it. */
  public static PtNDManager newManager(Device device) {
    return (PtNDManager) engine().newBaseManager(device);
  }

  /**
   * Sets what libtorch keeps per thread: the number of threads that an operator called from here
   * uses, and that scripts are run as written.
   */
  public static void prepareThread(int threads) {
    JniUtils.setNumThreads(threads);
    prepareThread();
  }

  /** Sets that scripts called from here are run as written. */
  public static void prepareThread() {
    JniUtils.setGraphExecutorOptimize(false);
  }

  /** Loads the transformer kernel; without oneDNN's operators where libtorch lacks them. */
  static Kernel loadKernel(PtNDManager manager) {
    return loadWithOneDnn(manager, resource("bert_kernel.py"));
  }

  /** Loads the kernels of the architectures that are not plainly BERT's, as {@link #loadKernel}. */
  static Kernel loadModuleKernel(PtNDManager manager) {
    return loadWithOneDnn(manager, moduleKernels());
  }

  private static String moduleKernels() {
    return resource("modules/packed.py")
        + resource("modules/variant.py")
        + resource("modules/xlnet.py");
  }

  /** Every step of every module, for training and for what is not a transformer, as source. */
  static String moduleSteps() {
    return moduleKernels() + resource("no_onednn.py") + resource("modules/steps.py");
  }

  private static Kernel loadWithOneDnn(PtNDManager manager, String methods) {
    try {
      return new Kernel(load(manager, methods + resource("onednn.py")), true);
    } catch (EngineException e) {
      if (!String.valueOf(e.getMessage()).contains("mkldnn")) {
        throw e;
      }
      return new Kernel(load(manager, methods + resource("no_onednn.py")), false);
    }
  }

  /** Loads the transformer kernel with what int8 adds to it, by oneDNN or by FBGEMM. */
  static Kernel loadInt8Kernel(PtNDManager manager, boolean oneDnn) {
    String methods = resource("bert_kernel.py") + resource("int8_ranges.py");
    String library =
        oneDnn
            ? resource("onednn.py") + resource("int8_onednn.py")
            : resource("no_onednn.py") + resource("int8_fbgemm.py");
    return new Kernel(load(manager, methods + library), oneDnn);
  }

  /** Loads a script of our resources. */
  static PtSymbolBlock loadScript(PtNDManager manager, String resource) {
    return load(manager, resource(resource));
  }

  /** Compiles the methods of a script. */
  public static PtSymbolBlock compile(PtNDManager manager, String methods) {
    return load(manager, methods);
  }

  /** The transformer kernel with its forward and backward pass for training, as source. */
  static String trainingKernel() {
    return resource("bert_kernel.py") + resource("no_onednn.py") + resource("training.py");
  }

  /**
   * A loaded kernel.
   *
   * @param oneDnn whether the fused path is there
   */
  record Kernel(PtSymbolBlock block, boolean oneDnn) {}

  private static PtSymbolBlock load(PtNDManager manager, String methods) {
    try (InputStream archive = new ByteArrayInputStream(ScriptArchive.pack(methods))) {
      return JniUtils.loadModule(manager, archive, false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String resource(String name) {
    try (InputStream in = Torch.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks its resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
