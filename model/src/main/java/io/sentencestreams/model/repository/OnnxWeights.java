package io.sentencestreams.model.repository;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.DType;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights in an ONNX export that PyTorch made of a Hugging Face model, under their Hugging Face
 * names.
 *
 * <p>The export keeps the names of biases, LayerNorms and embeddings. The weight of a linear layer
 * is folded into an anonymous, transposed constant; the path of the {@code MatMul} node that uses
 * it is the layer's name. The file is mapped, and its tensors stay in it.
 */
final class OnnxWeights {
  private static final String MATMUL = "/MatMul";

  private final Path file;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, TensorProto> transposed = new HashMap<>();

  private OnnxWeights(Path file, GraphProto graph) {
    this.file = file;
    for (TensorProto initializer : graph.getInitializerList()) {
      initializers.put(initializer.getName(), initializer);
    }
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("MatMul") && node.getName().endsWith(MATMUL)) {
        for (String input : node.getInputList()) {
          if (initializers.containsKey(input)) {
            transposed.put(weightName(node.getName()), initializers.get(input));
          }
        }
      }
    }
  }

  static OnnxWeights read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      // Tensors are views of the mapped file instead of copies on the heap.
      in.enableAliasing(true);
      return new OnnxWeights(file, ModelProto.parseFrom(in).getGraph());
    } catch (IOException e) {
      throw new CheckpointException("%s is not an ONNX file: %s".formatted(file, e), e);
    }
  }

  /**
   * {@code /encoder/layer.0/output/dense/MatMul} to {@code encoder.layer.0.output.dense.weight}.
   */
  private static String weightName(String node) {
    return node.substring(1, node.length() - MATMUL.length()).replace('/', '.') + ".weight";
  }

  /**
   * One tensor, in PyTorch's layout.
   *
   * @throws CheckpointException if the file has no float tensor of this name and shape
   */
  Tensor get(String name, TensorType type) {
    TensorProto plain = initializers.get(name);
    if (plain != null) {
      return new Tensor(type, data(name, plain, type.shape()));
    }
    TensorProto matrix = transposed.get(name);
    if (matrix == null) {
      throw new CheckpointException("%s has no weight %s".formatted(file, name));
    }
    int rows = Math.toIntExact(type.shape().get(0));
    int columns = Math.toIntExact(type.shape().get(1));
    ByteBuffer source = data(name, matrix, List.of((long) columns, (long) rows));
    return new Tensor(type, transpose(source.asFloatBuffer(), rows, columns));
  }

  private ByteBuffer data(String name, TensorProto tensor, List<Long> shape) {
    if (tensor.getDataType() != TensorProto.DataType.FLOAT.getNumber()
        || !tensor.getDimsList().equals(shape)
        || tensor.getRawData().size() != new TensorType(DType.F32, shape).byteSize()) {
      throw new CheckpointException(
          "%s: the weight %s has type %d, shape %s and %d bytes; expected floats of shape %s"
              .formatted(
                  file,
                  name,
                  tensor.getDataType(),
                  tensor.getDimsList(),
                  tensor.getRawData().size(),
                  shape));
    }
    return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** From {@code columns} rows of {@code rows} floats to {@code rows} rows of {@code columns}. */
  private static ByteBuffer transpose(FloatBuffer source, int rows, int columns) {
    float[] values = new float[Math.multiplyExact(rows, columns)];
    float[] line = new float[rows];
    for (int column = 0; column < columns; column++) {
      source.get(line);
      for (int row = 0; row < rows; row++) {
        values[row * columns + column] = line[row];
      }
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }
}
