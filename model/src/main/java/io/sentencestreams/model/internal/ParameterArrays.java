package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDManager;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.internal.BertParameters.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A module's parameters as arrays of fp32 on a device.
 *
 * @param all in the order of the script; one that is named twice is the same array twice
 * @param named by their names, without those that the module lacks
 */
record ParameterArrays(List<NDArray> all, Map<String, NDArray> named) {
  static final ParameterArrays NONE = new ParameterArrays(List.of(), Map.of());

  /**
   * Reads the parameters of a module.
   *
   * @param manager gets the arrays
   * @param trained whether they are to have gradients
   * @throws CheckpointException if one is missing, or of a shape or a type that does not fit
   */
  static ParameterArrays read(
      NDManager manager,
      Checkpoint checkpoint,
      SentenceModule.Weighted module,
      List<Parameter> parameters,
      boolean trained) {
    List<NDArray> all = new ArrayList<>();
    Map<String, NDArray> named = new LinkedHashMap<>();
    try (PtNDManager staging = Torch.newManager(Device.cpu());
        Weights source = checkpoint.weights(module)) {
      for (Parameter parameter : parameters) {
        if (named.containsKey(parameter.name())) {
          all.add(named.get(parameter.name()));
          continue;
        }
        NDArray read = KernelWeights.array(staging, source, parameter, checkpoint);
        NDArray floats = read.toType(DataType.FLOAT32, false);
        // A copy: what was read may be the file itself, mapped.
        NDArray own =
            manager.getDevice().isGpu()
                ? floats.toDevice(manager.getDevice(), false)
                : floats.duplicate();
        own.attach(manager);
        all.add(own);
        if (!parameter.isAbsent()) {
          own.setRequiresGradient(trained);
          named.put(parameter.name(), own);
        }
      }
    }
    return new ParameterArrays(List.copyOf(all), named);
  }
}
