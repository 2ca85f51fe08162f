package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.InvalidRecordException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.util.Utf8;

/**
 * A string in a decoded Avro value.
 *
 * @param path where it stands
 * @param integers whether an integer stands for its decimal digits, or is refused
 */
record AvroField(FieldPath path, boolean integers) {

  /**
   * Finds the string.
   *
   * @throws InvalidRecordException if it is not there, or of another type
   */
  String in(Object value) {
    Object current = value;
    for (String step : path.steps()) {
      current = step(current, step);
    }
    if (current instanceof Utf8 utf8) {
      return Utf8Text.decode(Arrays.copyOf(utf8.getBytes(), utf8.getByteLength()));
    }
    if (current instanceof CharSequence text) {
      return text.toString();
    }
    if (integers && (current instanceof Integer || current instanceof Long)) {
      return current.toString();
    }
    throw new InvalidRecordException(
        "%s of the Avro value is %s where %s is expected"
            .formatted(path, describe(current), integers ? "a string or an integer" : "a string"));
  }

  private Object step(Object container, String step) {
    if (container instanceof IndexedRecord record) {
      Schema.Field field = record.getSchema().getField(step);
      if (field == null) {
        throw missing(
            "%s has no field '%s' but %s"
                .formatted(
                    record.getSchema().getFullName(),
                    step,
                    record.getSchema().getFields().stream().map(Schema.Field::name).toList()));
      }
      return record.get(field.pos());
    }
    if (container instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (entry.getKey().toString().equals(step)) {
          return entry.getValue();
        }
      }
      throw missing("the map has no key '%s'".formatted(step));
    }
    if (container instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        if (Integer.toString(i).equals(step)) {
          return list.get(i);
        }
      }
      throw missing("the array of %d has no element '%s'".formatted(list.size(), step));
    }
    throw missing(
        "%s where a record, map or array is expected for '%s'"
            .formatted(describe(container), step));
  }

  private InvalidRecordException missing(String why) {
    return new InvalidRecordException("the Avro value has no %s: %s".formatted(path, why));
  }

  private static String describe(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof IndexedRecord record) {
      return "a record " + record.getSchema().getFullName();
    }
    return "of type " + value.getClass().getSimpleName();
  }
}
