package io.sentencestreams.schemas.internal;

import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * A list that reads from a float array; an element is an object only while a caller looks at it.
 */
final class FloatVector extends AbstractList<Float> implements RandomAccess {
  private final float[] values;

  FloatVector(float[] values) {
    this.values = values;
  }

  @Override
  public Float get(int index) {
    return values[index];
  }

  @Override
  public int size() {
    return values.length;
  }
}
