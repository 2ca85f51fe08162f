package io.sentencestreams.model.internal;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** What one module of a model computes, on one device. */
interface Step extends AutoCloseable {
  /** Takes what the pass has come to, and leaves what it makes of it. */
  void forward(Pass pass);

  /** Parameters that training may change, by their names in the module; fp32. */
  Map<String, NDArray> parameters();

  @Override
  void close();
}
