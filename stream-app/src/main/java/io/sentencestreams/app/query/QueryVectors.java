package io.sentencestreams.app.query;

import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.window.WindowReader.Found;
import io.sentencestreams.app.window.WindowReader.NearestAnswer;
import io.sentencestreams.app.window.WindowReader.QueryVector;
import io.sentencestreams.model.window.FixedPointVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The vectors by which something is searched for. While a model takes over from another the window
 * has texts with a vector of the one, of the other and of both; what has vectors of both finds all.
 *
 * @param vectors each of another version
 * @param modelVersion of the model that was asked for, or that runs
 * @param truncated whether there was a text of more tokens than the model takes
 */
record QueryVectors(List<QueryVector> vectors, String modelVersion, boolean truncated) {

  /**
   * Those of a query.
   *
   * @param dimension of the vectors of the model that runs
   * @throws QueryException.Invalid if the text cannot be encoded, not by that version, or the
   *     vector cannot be compared
   * @throws QueryException.Unavailable if the encoder does not work, or has no time
   */
  static QueryVectors of(
      NeighboursQuery query, QueryEncoder encoder, int dimension, FanOut.Deadline deadline) {
    if (query.text() != null) {
      return ofText(query, encoder.encode(query.text(), deadline.left()));
    }
    String running = encoder.modelVersion();
    String version = query.modelVersion() == null ? running : query.modelVersion();
    if (version.equals(running) && query.vector().length != dimension) {
      throw new QueryException.Invalid(
          "wrong_dimension",
          "the vector has %d dimensions, and those of model version %s have %d"
              .formatted(query.vector().length, version, dimension));
    }
    return new QueryVectors(List.of(vector(version, query.vector())), version, false);
  }

  private static QueryVectors ofText(NeighboursQuery query, Outcome.Encoded encoded) {
    String asked = query.modelVersion();
    List<QueryVector> vectors = vectors(encoded);
    vectors.removeIf(vector -> asked != null && !vector.modelVersion().equals(asked));
    if (vectors.isEmpty()) {
      throw new QueryException.Invalid(
          "unknown_model_version",
          "this instance encodes texts with model version %s; to search among those of %s give a vector"
              .formatted(
                  encoded.older() == null
                      ? encoded.modelVersion()
                      : encoded.modelVersion() + " and " + encoded.older().modelVersion(),
                  asked));
    }
    return new QueryVectors(
        List.copyOf(vectors), asked == null ? encoded.modelVersion() : asked, encoded.truncated());
  }

  /**
   * Those of a text of the window.
   *
   * @param found the text, once for each version that it has a vector of
   * @throws QueryException.Unavailable if the text has to be encoded, and the encoder does not
   *     work, or has no time
   */
  static QueryVectors of(List<Found> found, QueryEncoder encoder, FanOut.Deadline deadline) {
    Map<String, QueryVector> vectors = new TreeMap<>();
    for (Found text : found) {
      String version = text.text().modelVersion();
      vectors.putIfAbsent(version, new QueryVector(version, text.vector()));
    }
    String running = encoder.modelVersion();
    Set<String> encoding =
        encoder
            .olderVersion()
            .<Set<String>>map(older -> new HashSet<>(List.of(running, older)))
            .orElse(Set.of());
    if (!vectors.keySet().containsAll(encoding)) {
      // The stream compared it with texts by a vector that the window has not, or not yet.
      try {
        for (QueryVector vector :
            vectors(encoder.encode(found.get(0).text().text(), deadline.left()))) {
          vectors.putIfAbsent(vector.modelVersion(), vector);
        }
      } catch (QueryException.Invalid e) {
        // One of the models fails on it, so the stream has compared it by those vectors only.
      }
    }
    List<QueryVector> runningFirst = new ArrayList<>(vectors.values());
    runningFirst.sort(
        (a, b) ->
            Boolean.compare(b.modelVersion().equals(running), a.modelVersion().equals(running)));
    return new QueryVectors(runningFirst, found.get(0).text().modelVersion(), false);
  }

  private static List<QueryVector> vectors(Outcome.Encoded encoded) {
    List<QueryVector> vectors = new ArrayList<>();
    Outcome.Older older = encoded.older();
    // A vector without a direction is left out where there is another.
    if (older == null || !FixedPointVector.isZero(encoded.vector())) {
      vectors.add(vector(encoded.modelVersion(), encoded.vector()));
    }
    if (older != null && (vectors.isEmpty() || !FixedPointVector.isZero(older.vector()))) {
      vectors.add(vector(older.modelVersion(), older.vector()));
    }
    return vectors;
  }

  private static QueryVector vector(String version, float[] vector) {
    try {
      return new QueryVector(version, FixedPointVector.toBytes(FixedPointVector.of(vector)));
    } catch (IllegalArgumentException e) {
      throw new QueryException.Invalid("not_comparable", e.getMessage());
    }
  }

  /** How many vectors of other versions there are where these were searched for, by version. */
  Map<String, Long> notCompared(Answers<NearestAnswer> answers) {
    Set<String> compared =
        vectors.stream().map(QueryVector::modelVersion).collect(Collectors.toSet());
    Map<String, Long> others = new TreeMap<>();
    for (NearestAnswer answer : answers.byPartition().values()) {
      answer
          .versions()
          .forEach(
              (version, count) -> {
                if (count > 0 && !compared.contains(version)) {
                  others.merge(version, count, Long::sum);
                }
              });
    }
    return others;
  }
}
