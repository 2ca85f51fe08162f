package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;

/** The JSON parsers and generators of this module. */
public final class Json {
  /** Deepest nesting that is read; it bounds the stack that a hostile document can use. */
  static final int MAX_DEPTH = 500;

  /** Thread-safe. */
  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          // names in other people's documents must not pile up in the JVM's table of strings
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private Json() {}
}
