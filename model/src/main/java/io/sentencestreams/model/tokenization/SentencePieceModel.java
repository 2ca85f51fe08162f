package io.sentencestreams.model.tokenization;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model of SentencePiece (Kudo and Richardson 2018) has in its file, a small protocol
 * buffer.
 *
 * @param pieces in the order of their ids there
 * @param characterMap how characters are normalized, in SentencePiece's own form; may be empty
 */
record SentencePieceModel(List<Piece> pieces, ByteString characterMap) {
  /** A piece of a word, and the logarithm of its probability. */
  record Piece(String text, double score) {}

  private static final int UNIGRAM = 1;

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is none, or one of another algorithm than Unigram
   */
  static SentencePieceModel read(Path file) {
    List<Piece> pieces = new ArrayList<>();
    ByteString characterMap = ByteString.EMPTY;
    int algorithm = UNIGRAM;
    try {
      CodedInputStream in = CodedInputStream.newInstance(Files.readAllBytes(file));
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 1 -> pieces.add(piece(in.readBytes().newCodedInput()));
          case 2 -> algorithm = algorithm(in.readBytes().newCodedInput());
          case 3 -> characterMap = characterMap(in.readBytes().newCodedInput());
          default -> in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(
          "%s is not a model of SentencePiece: %s".formatted(file, e.getMessage()), e);
    }
    if (pieces.isEmpty()) {
      throw new CheckpointException(
          "%s is not a model of SentencePiece: no pieces".formatted(file));
    }
    if (algorithm != UNIGRAM) {
      throw new CheckpointException(
          "%s was trained with another algorithm than Unigram, which is not supported; save the tokenizer as a fast one to have tokenizer.json"
              .formatted(file));
    }
    return new SentencePieceModel(pieces, characterMap);
  }

  private static Piece piece(CodedInputStream in) throws IOException {
    String text = "";
    float score = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> text = in.readStringRequireUtf8();
        case 2 -> score = in.readFloat();
        default -> in.skipField(tag);
      }
    }
    return new Piece(text, score);
  }

  private static int algorithm(CodedInputStream in) throws IOException {
    int algorithm = UNIGRAM;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 3) {
        algorithm = in.readEnum();
      } else {
        in.skipField(tag);
      }
    }
    return algorithm;
  }

  private static ByteString characterMap(CodedInputStream in) throws IOException {
    ByteString map = ByteString.EMPTY;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == 2) {
        map = in.readBytes();
      } else {
        in.skipField(tag);
      }
    }
    return map;
  }
}
