package io.sentencestreams.app.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Sentence Transformers in a process of its own: a Python that has it runs {@code
 * tests/python/architecture_peer.py}. One request at a time, a JSON object a line.
 */
public final class PythonPeer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Writer requests;
  private final BufferedReader answers;
  private final String version;

  /**
   * Starts one.
   *
   * @param python the interpreter
   * @param script the peer's
   * @throws IOException if it does not start, or lacks the library
   */
  public PythonPeer(String python, Path script) throws IOException {
    process =
        new ProcessBuilder(python, script.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    requests = process.outputWriter(StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    version = answer().path("version").asText();
  }

  /** The library's version. */
  public String version() {
    return version;
  }

  /** Loads a model in a type such as {@code float32} beside those that it has. */
  void load(Path model, String type) {
    ask(JSON.createObjectNode().put("load", model.toString()).put("type", type));
  }

  /** Sends the texts that {@link #encode} encodes. */
  void take(List<String> texts) {
    ObjectNode request = JSON.createObjectNode();
    ArrayNode list = request.putArray("texts");
    texts.forEach(list::add);
    ask(request);
  }

  /** Encodes the texts with a model of a type and drops the result. */
  void encode(String type) {
    ask(JSON.createObjectNode().put("encode", type));
  }

  /** Embeddings of the first texts. */
  float[][] embeddings(String type, int texts) {
    JsonNode rows =
        ask(JSON.createObjectNode().put("encode", type).put("show", texts)).path("embeddings");
    float[][] result = new float[rows.size()][];
    for (int i = 0; i < result.length; i++) {
      result[i] = new float[rows.path(i).size()];
      for (int j = 0; j < result[i].length; j++) {
        result[i][j] = (float) rows.path(i).path(j).asDouble();
      }
    }
    return result;
  }

  private JsonNode ask(ObjectNode request) {
    try {
      requests.write(request + "\n");
      requests.flush();
      return answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the Python process ended; what it said is above");
    }
    return JSON.readTree(line);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
