package io.sentencestreams.trainer.evaluation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Minimizes a smooth convex function by limited-memory BFGS (Liu and Nocedal 1989). */
final class Lbfgs {
  private static final int MEMORY = 10;
  private static final double SUFFICIENT = 1e-4;

  /** What a step's rounding may add to a value, relative to it. */
  private static final double ROUNDING = 1e-15;

  private Lbfgs() {}

  /** A function that writes its gradient. */
  interface Objective {
    double valueAndGradient(double[] at, double[] gradient);
  }

  private record Correction(double[] step, double[] change, double curvature) {}

  /**
   * Finds the minimum.
   *
   * @param tolerance greatest absolute value that the gradient may have there
   * @throws IllegalStateException if it is not found in {@code maxIterations}
   */
  static double[] minimize(
      Objective objective, double[] start, double tolerance, int maxIterations) {
    double[] point = start.clone();
    double[] gradient = new double[point.length];
    double value = objective.valueAndGradient(point, gradient);
    Deque<Correction> corrections = new ArrayDeque<>();
    for (int iteration = 0; iteration < maxIterations; iteration++) {
      if (greatest(gradient) <= tolerance) {
        return point;
      }
      double[] direction = direction(gradient, corrections);
      double slope = dot(gradient, direction);
      double length = corrections.isEmpty() ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
      double[] next = new double[point.length];
      double[] nextGradient = new double[point.length];
      double nextValue;
      while (true) {
        for (int i = 0; i < point.length; i++) {
          next[i] = point[i] + length * direction[i];
        }
        nextValue = objective.valueAndGradient(next, nextGradient);
        if (nextValue <= value + SUFFICIENT * length * slope + ROUNDING * Math.abs(value)) {
          break;
        }
        length /= 2;
        if (length < 1e-20) {
          throw new IllegalStateException(
              "no step makes the objective smaller; its gradient is still " + greatest(gradient));
        }
      }
      remember(corrections, point, gradient, next, nextGradient);
      point = next;
      gradient = nextGradient;
      value = nextValue;
    }
    throw new IllegalStateException(
        "no minimum after %d iterations; the gradient is still %s"
            .formatted(maxIterations, greatest(gradient)));
  }

  private static void remember(
      Deque<Correction> corrections,
      double[] point,
      double[] gradient,
      double[] next,
      double[] nextGradient) {
    double[] step = difference(next, point);
    double[] change = difference(nextGradient, gradient);
    double curvature = dot(step, change);
    if (curvature > 0) {
      corrections.addLast(new Correction(step, change, curvature));
      if (corrections.size() > MEMORY) {
        corrections.removeFirst();
      }
    }
  }

  /** Minus the gradient times the approximate inverse of the Hessian, in two loops. */
  private static double[] direction(double[] gradient, Deque<Correction> corrections) {
    double[] direction = new double[gradient.length];
    add(direction, -1, gradient);
    double[] weights = new double[corrections.size()];
    int index = weights.length;
    Iterator<Correction> newestFirst = corrections.descendingIterator();
    while (newestFirst.hasNext()) {
      Correction correction = newestFirst.next();
      index--;
      weights[index] = dot(correction.step(), direction) / correction.curvature();
      add(direction, -weights[index], correction.change());
    }
    if (!corrections.isEmpty()) {
      Correction last = corrections.getLast();
      double scale = last.curvature() / dot(last.change(), last.change());
      for (int i = 0; i < direction.length; i++) {
        direction[i] *= scale;
      }
    }
    for (Correction correction : corrections) {
      double weight = dot(correction.change(), direction) / correction.curvature();
      add(direction, weights[index++] - weight, correction.step());
    }
    return direction;
  }

  private static void add(double[] to, double factor, double[] vector) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * vector[i];
    }
  }

  private static double[] difference(double[] a, double[] b) {
    double[] difference = a.clone();
    add(difference, -1, b);
    return difference;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double greatest(double[] vector) {
    double greatest = 0;
    for (double value : vector) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }
}
