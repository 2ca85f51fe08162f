package io.sentencestreams.trainer.optimization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.training.Lanes;
import io.sentencestreams.model.training.TensorScript;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), beta 0.9 and 0.999, epsilon 1e-8.
 * Biases and LayerNorms do not decay.
 *
 * <p>Each parameter has moments and a count of steps of its own, so that one which takes part in
 * some steps only is treated as if those were all. Owns the moments' native memory and the threads
 * that change parameters side by side.
 */
public final class AdamW implements AutoCloseable {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final NDManager memory;
  private final TensorScript script;
  private final double decay;
  private final Lanes lanes;
  private final Map<String, Slot> slots = new LinkedHashMap<>();

  /** A parameter with its state. */
  private static final class Slot {
    final NDArray weight;
    final NDArray first;
    final NDArray second;
    final boolean decays;
    long steps;

    Slot(NDArray weight, NDArray first, NDArray second, boolean decays) {
      this.weight = weight;
      this.first = first;
      this.second = second;
      this.decays = decays;
    }
  }

  /**
   * An optimizer of parameters by their names; those without a gradient are left alone.
   *
   * @param parent memory on the parameters' device, which must outlive the optimizer
   * @param decay of a weight in a step, as a share of the learning rate
   * @param threads to compute with, on a CPU
   */
  public AdamW(NDManager parent, Map<String, NDArray> parameters, double decay, int threads) {
    this.memory = parent.newSubManager();
    this.decay = decay;
    this.lanes = parent.getDevice().isGpu() ? Lanes.one(threads) : Lanes.of(threads);
    this.script = TensorScript.compile(source());
    parameters.forEach(
        (name, weight) -> {
          if (weight.hasGradient()) {
            boolean decays = !name.endsWith("bias") && !name.contains("LayerNorm");
            slots.put(
                name,
                new Slot(
                    weight,
                    memory.zeros(weight.getShape(), DataType.FLOAT32),
                    memory.zeros(weight.getShape(), DataType.FLOAT32),
                    decays));
          }
        });
    if (slots.isEmpty()) {
      close();
      throw new IllegalArgumentException("no parameter is left to train");
    }
  }

  private static String source() {
    try (InputStream in = AdamW.class.getResourceAsStream("adamw.py")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks its resource adamw.py");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of the parameters that are trained. */
  public Collection<String> names() {
    return Collections.unmodifiableSet(slots.keySet());
  }

  /**
   * Changes parameters by their gradients and sets those to 0. If the gradients are not finite,
   * nothing is changed.
   *
   * @param names which of the parameters took part
   * @param rate learning rate
   * @param maxNorm longer gradients, taken as one vector, are cut to this length; 0 for no limit
   * @return the length of the gradients before; NaN or infinite if they are not finite
   */
  public double step(Collection<String> names, double rate, double maxNorm) {
    List<Slot> active = names.stream().map(slots::get).toList();
    List<NDArray> gradients = active.stream().map(slot -> slot.weight.getGradient()).toList();
    try {
      List<List<Integer>> shares = shares(active);
      double norm = norm(shares, gradients);
      if (Double.isFinite(norm)) {
        double factor = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
        active.forEach(slot -> slot.steps++);
        List<Callable<Void>> tasks = new ArrayList<>();
        for (List<Integer> share : shares) {
          tasks.add(
              () -> {
                update(share, active, gradients, true, rate, factor);
                update(share, active, gradients, false, rate, factor);
                return null;
              });
        }
        lanes.run(tasks);
      }
      return norm;
    } finally {
      gradients.forEach(NDArray::close);
    }
  }

  /** Indices of parameters for each lane, so that lanes have about as many numbers to change. */
  private List<List<Integer>> shares(List<Slot> active) {
    List<List<Integer>> shares = new ArrayList<>();
    long[] sizes = new long[lanes.count()];
    for (int lane = 0; lane < sizes.length; lane++) {
      shares.add(new ArrayList<>());
    }
    List<Integer> largestFirst =
        IntStream.range(0, active.size())
            .boxed()
            .sorted(Comparator.comparingLong(i -> -active.get(i).weight.size()))
            .toList();
    for (int index : largestFirst) {
      int least = 0;
      for (int lane = 1; lane < sizes.length; lane++) {
        least = sizes[lane] < sizes[least] ? lane : least;
      }
      shares.get(least).add(index);
      sizes[least] += active.get(index).weight.size();
    }
    return shares.stream().filter(share -> !share.isEmpty()).toList();
  }

  private double norm(List<List<Integer>> shares, List<NDArray> gradients) {
    double[] norms = new double[gradients.size()];
    List<Callable<Void>> tasks = new ArrayList<>();
    for (List<Integer> share : shares) {
      tasks.add(
          () -> {
            try (NDManager step = memory.newSubManager()) {
              List<NDArray> own = share.stream().map(gradients::get).toList();
              float[] found =
                  script
                      .call(step, "norms", false, TensorScript.SAME_THREADS, own)
                      .singletonOrThrow()
                      .toFloatArray();
              for (int i = 0; i < found.length; i++) {
                norms[share.get(i)] = found[i];
              }
            }
            return null;
          });
    }
    lanes.run(tasks);
    double sum = 0;
    for (double norm : norms) {
      sum += norm * norm;
    }
    return Math.sqrt(sum);
  }

  private void update(
      List<Integer> share,
      List<Slot> active,
      List<NDArray> gradients,
      boolean decays,
      double rate,
      double factor) {
    List<NDArray> weights = new ArrayList<>();
    List<NDArray> chosen = new ArrayList<>();
    List<NDArray> first = new ArrayList<>();
    List<NDArray> second = new ArrayList<>();
    List<NDArray> counts = new ArrayList<>();
    try (NDManager step = memory.newSubManager()) {
      for (int i : share) {
        Slot slot = active.get(i);
        if (slot.decays == decays) {
          weights.add(slot.weight);
          chosen.add(gradients.get(i));
          first.add(slot.first);
          second.add(slot.second);
          counts.add(step.full(new Shape(), (float) slot.steps, DataType.FLOAT32));
        }
      }
      if (!weights.isEmpty()) {
        double[] numbers = {rate, BETA1, BETA2, EPSILON, decays ? decay : 0};
        script.call(
            step,
            "step",
            false,
            TensorScript.SAME_THREADS,
            weights,
            chosen,
            first,
            second,
            counts,
            step.create(numbers),
            step.full(new Shape(), (float) (1 / factor), DataType.FLOAT32));
      }
    }
  }

  /** Moments by names that end in {@code .first} and {@code .second}; to be restored in place. */
  public Map<String, NDArray> moments() {
    Map<String, NDArray> moments = new LinkedHashMap<>();
    slots.forEach(
        (name, slot) -> {
          moments.put(name + ".first", slot.first);
          moments.put(name + ".second", slot.second);
        });
    return moments;
  }

  /** Steps that each parameter has made. */
  public Map<String, Long> steps() {
    Map<String, Long> steps = new LinkedHashMap<>();
    slots.forEach((name, slot) -> steps.put(name, slot.steps));
    return steps;
  }

  /** Restores the steps that parameters have made. */
  public void restoreSteps(Map<String, Long> steps) {
    steps.forEach((name, count) -> slots.get(name).steps = count);
  }

  @Override
  public void close() {
    lanes.close();
    script.close();
    memory.close();
  }
}
