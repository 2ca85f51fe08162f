package io.sentencestreams.app.benchmark;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sentencestreams.model.TokenizedText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;

/**
 * The default model's ONNX export in ONNX Runtime, used as its users do: each batch is padded to
 * its longest text, and the token embeddings that come out are averaged and normalized here.
 * Session options are the defaults: all graph optimizations, one thread for each core.
 */
final class OnnxPeer implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  /** Loads a model from the class path, where {@code lib-benchmark} puts it. */
  OnnxPeer(String resource) {
    try (InputStream in = OnnxPeer.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is not on the class path");
      }
      session = environment.createSession(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot load " + resource, e);
    }
  }

  /** Version of ONNX Runtime. */
  static String version() {
    return OrtEnvironment.getEnvironment().getVersion();
  }

  float[][] encode(List<TokenizedText> batch) {
    int width = batch.stream().mapToInt(TokenizedText::length).max().orElseThrow();
    int places = batch.size() * width;
    long[] ids = new long[places];
    long[] mask = new long[places];
    for (int row = 0; row < batch.size(); row++) {
      int[] tokens = batch.get(row).ids();
      for (int i = 0; i < tokens.length; i++) {
        ids[row * width + i] = tokens[i];
        mask[row * width + i] = 1;
      }
    }
    long[] shape = {batch.size(), width};
    try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor maskTensor = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[places]), shape);
        OrtSession.Result result =
            session.run(
                Map.of(
                    "input_ids", idTensor,
                    "attention_mask", maskTensor,
                    "token_type_ids", types))) {
      OnnxTensor hidden = (OnnxTensor) result.get(0);
      int dimension = (int) hidden.getInfo().getShape()[2];
      return pool(hidden.getFloatBuffer(), batch, width, dimension);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed on a batch", e);
    }
  }

  /** Mean of the real tokens, scaled to unit length. */
  private static float[][] pool(
      FloatBuffer hidden, List<TokenizedText> batch, int width, int dimension) {
    float[][] rows = new float[batch.size()][dimension];
    float[] token = new float[dimension];
    for (int row = 0; row < rows.length; row++) {
      float[] sum = rows[row];
      for (int i = 0; i < batch.get(row).length(); i++) {
        hidden.get((row * width + i) * dimension, token);
        for (int d = 0; d < dimension; d++) {
          sum[d] += token[d];
        }
      }
      double squares = 0;
      for (float value : sum) {
        squares += (double) value * value;
      }
      float scale = (float) (1 / Math.sqrt(squares));
      for (int d = 0; d < dimension; d++) {
        sum[d] *= scale;
      }
    }
    return rows;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime did not close its session", e);
    }
  }
}
