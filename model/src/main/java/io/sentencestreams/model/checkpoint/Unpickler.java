package io.sentencestreams.model.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle that holds nothing but tensors, and containers of them.
 *
 * <p>A pickle is a program for a stack machine that may call any function of Python. Here a name
 * stands for a function only if it is in a short list, and what it stands for is a record of this
 * package: nothing is ever looked up, loaded or called. Each opcode takes at least one byte and
 * makes at most one object, and what is copied is bounded, so the memory is bounded by the length
 * of the input.
 */
final class Unpickler {
  /** A stored array of elements, as the persistent id of a pickle names it. */
  record Storage(DType dtype, String key, long elements) {}

  /** A view of a storage. */
  record TensorView(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

  /** A name that stands for a function or a class. */
  private record Global(String name) {}

  private enum Mark {
    MARK
  }

  private static final int MAX_TEXT = 1 << 24;

  /** As many as PyTorch has. */
  private static final int MAX_DIMENSIONS = 64;

  /** Entries of all ordered maps that are made of lists, which others could be made of again. */
  private static final int MAX_PAIRS = 1 << 20;

  private static final Map<String, DType> STORAGES =
      Map.of(
          "torch FloatStorage", DType.F32,
          "torch HalfStorage", DType.F16,
          "torch BFloat16Storage", DType.BF16,
          "torch DoubleStorage", DType.F64,
          "torch LongStorage", DType.I64,
          "torch IntStorage", DType.I32,
          "torch ShortStorage", DType.I16,
          "torch CharStorage", DType.I8,
          "torch ByteStorage", DType.U8,
          "torch BoolStorage", DType.BOOL);

  private static final String ORDERED_DICT = "collections OrderedDict";
  private static final String REBUILD_TENSOR = "torch._utils _rebuild_tensor_v2";
  private static final String REBUILD_OLD_TENSOR = "torch._utils _rebuild_tensor";
  private static final String REBUILD_PARAMETER = "torch._utils _rebuild_parameter";
  private static final String SIZE = "torch Size";

  private final InputStream in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private int pairs;

  private Unpickler(InputStream in) {
    this.in = in;
  }

  /**
   * Reads one pickle and leaves the stream behind it.
   *
   * @return a String, Long, Double, Boolean, List, Map, {@link TensorView}, or a marker for null
   * @throws IOException if it is no pickle, or holds anything but tensors and containers of them
   */
  static Object read(InputStream in) throws IOException {
    try {
      return new Unpickler(in).run();
    } catch (ClassCastException | IndexOutOfBoundsException | ArithmeticException e) {
      throw new IOException("the pickle is damaged: " + e.getMessage(), e);
    }
  }

  /** Stands for Python's None, which a list or a map here could not hold. */
  enum None {
    NONE
  }

  private Object run() throws IOException {
    while (true) {
      int opcode = next();
      switch (opcode) {
        case '.' -> {
          return pop();
        }
        case 0x80 -> requireProtocol(next());
        case 0x95 -> skip(8); // a frame, which only helps those who read ahead
        case '(' -> stack.add(Mark.MARK);
        case '0' -> pop();
        case 'N' -> stack.add(None.NONE);
        case 0x88 -> stack.add(true);
        case 0x89 -> stack.add(false);
        case 'K' -> stack.add((long) next());
        case 'M' -> stack.add(little(2));
        case 'J' -> stack.add((long) (int) little(4));
        case 0x8a -> stack.add(longOf(next()));
        case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(little(8))));
        case 'I' -> stack.add(number(line()));
        case 'L' -> stack.add(number(line().replaceAll("L$", "")));
        case 'X', 'T' -> stack.add(text(little(4)));
        case 0x8c, 'U' -> stack.add(text(next()));
        case 0x8d -> stack.add(text(little(8)));
        case ')' -> stack.add(List.of());
        case ']' -> stack.add(new ArrayList<>());
        case '}' -> stack.add(new LinkedHashMap<>());
        case 't' -> stack.add(popToMark());
        case 'l' -> stack.add(popToMark());
        case 'd' -> stack.add(mapOf(popToMark()));
        case 0x85 -> stack.add(popTuple(1));
        case 0x86 -> stack.add(popTuple(2));
        case 0x87 -> stack.add(popTuple(3));
        case 'a' -> {
          Object value = pop();
          list(top()).add(value);
        }
        case 'e' -> {
          List<Object> values = popToMark();
          list(top()).addAll(values);
        }
        case 's' -> {
          Object value = pop();
          Object key = key(pop());
          map(top()).put(key, value);
        }
        case 'u' -> {
          List<Object> values = popToMark();
          map(top()).putAll(mapOf(values));
        }
        case 'q' -> memo.put(next(), top());
        case 'r' -> memo.put((int) little(4), top());
        case 0x94 -> memo.put(memo.size(), top());
        case 'h' -> stack.add(remembered(next()));
        case 'j' -> stack.add(remembered((int) little(4)));
        case 'c' -> {
          String module = line();
          stack.add(global(module + " " + line()));
        }
        case 0x93 -> {
          String name = (String) pop();
          stack.add(global(pop() + " " + name));
        }
        case 'Q' -> stack.add(storage(pop()));
        case 'R' -> {
          Object arguments = pop();
          stack.add(call((Global) pop(), list(arguments)));
        }
        case 'b' -> build(pop());
        default ->
            throw new IOException(
                "the pickle has the opcode 0x%02x, which no list of tensors needs"
                    .formatted(opcode));
      }
    }
  }

  private static void requireProtocol(int protocol) throws IOException {
    if (protocol > 5) {
      throw new IOException("the pickle has protocol %d, above 5".formatted(protocol));
    }
  }

  private static Global global(String name) throws IOException {
    boolean known =
        STORAGES.containsKey(name)
            || List.of(ORDERED_DICT, REBUILD_TENSOR, REBUILD_OLD_TENSOR, REBUILD_PARAMETER, SIZE)
                .contains(name);
    if (!known) {
      throw new IOException(
          "the pickle names %s, which no list of tensors needs: it may be an attack, and nothing of it was run"
              .formatted(name.replace(' ', '.')));
    }
    return new Global(name);
  }

  /** What the few known functions would return. */
  private Object call(Global function, List<Object> arguments) throws IOException {
    return switch (function.name()) {
      case ORDERED_DICT -> arguments.isEmpty() ? new LinkedHashMap<>() : pairs(arguments.get(0));
      case REBUILD_TENSOR, REBUILD_OLD_TENSOR ->
          new TensorView(
              (Storage) arguments.get(0),
              (Long) arguments.get(1),
              longs(arguments.get(2)),
              longs(arguments.get(3)));
      case REBUILD_PARAMETER -> (TensorView) arguments.get(0);
      case SIZE -> arguments.get(0);
      default -> throw new IOException("the pickle calls " + function.name().replace(' ', '.'));
    };
  }

  private Map<Object, Object> pairs(Object list) throws IOException {
    pairs = Math.addExact(pairs, list(list).size());
    if (pairs > MAX_PAIRS) {
      throw new IOException(
          "the pickle makes maps of over %d entries of lists".formatted(MAX_PAIRS));
    }
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Object pair : list(list)) {
      map.put(key(list(pair).get(0)), list(pair).get(1));
    }
    return map;
  }

  private static List<Long> longs(Object list) throws IOException {
    if (list(list).size() > MAX_DIMENSIONS) {
      throw new IOException(
          "the pickle has a tensor of %d dimensions".formatted(list(list).size()));
    }
    List<Long> values = new ArrayList<>();
    for (Object value : list(list)) {
      values.add((Long) value);
    }
    return List.copyOf(values);
  }

  /** {@code ('storage', class, key, place, elements)}, and in old files a view, which is None. */
  private static Storage storage(Object id) throws IOException {
    List<Object> fields = list(id);
    DType dtype = STORAGES.get(((Global) fields.get(1)).name());
    boolean view = fields.size() > 5 && fields.get(5) != None.NONE;
    if (!"storage".equals(fields.get(0)) || dtype == null || view) {
      throw new IOException("the pickle has a persistent id that names no storage");
    }
    return new Storage(dtype, (String) fields.get(2), (Long) fields.get(4));
  }

  /** Attributes of a map, such as the versions of modules; those of anything else are not known. */
  private void build(Object state) throws IOException {
    if (!(top() instanceof Map) || !(state instanceof Map)) {
      throw new IOException("the pickle sets attributes of something that is no map");
    }
  }

  private Object remembered(int index) throws IOException {
    Object value = memo.get(index);
    if (value == null) {
      throw new IOException(
          "the pickle refers to its object %d before there is one".formatted(index));
    }
    return value;
  }

  private Object top() {
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    return stack.remove(stack.size() - 1);
  }

  private List<Object> popToMark() {
    int mark = stack.lastIndexOf(Mark.MARK);
    List<Object> above = stack.subList(mark + 1, stack.size());
    List<Object> values = new ArrayList<>(above);
    above.clear();
    stack.remove(mark);
    return values;
  }

  private List<Object> popTuple(int size) {
    List<Object> above = stack.subList(stack.size() - size, stack.size());
    List<Object> values = new ArrayList<>(above);
    above.clear();
    return values;
  }

  private static Map<Object, Object> mapOf(List<Object> flat) throws IOException {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < flat.size(); i += 2) {
      map.put(key(flat.get(i)), flat.get(i + 1));
    }
    return map;
  }

  /** The hash of a list that holds itself, or of lists in lists in lists, would never end. */
  private static Object key(Object value) throws IOException {
    if (value instanceof List || value instanceof Map) {
      throw new IOException("the pickle has a list for a key");
    }
    return value;
  }

  @SuppressWarnings("unchecked") // only this class puts lists on the stack
  private static List<Object> list(Object value) throws IOException {
    if (value instanceof List) {
      return (List<Object>) value;
    }
    throw new IOException("the pickle is damaged: a list was expected");
  }

  @SuppressWarnings("unchecked") // only this class puts maps on the stack
  private static Map<Object, Object> map(Object value) throws IOException {
    if (value instanceof Map) {
      return (Map<Object, Object>) value;
    }
    throw new IOException("the pickle is damaged: a map was expected");
  }

  private int next() throws IOException {
    int value = in.read();
    if (value < 0) {
      throw new IOException("the pickle ends early");
    }
    return value;
  }

  private void skip(int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) {
      next();
    }
  }

  private long little(int bytes) throws IOException {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) next() << (8 * i);
    }
    return value;
  }

  private long longOf(int bytes) throws IOException {
    if (bytes > 10) {
      throw new IOException("the pickle has an integer of %d bytes".formatted(bytes));
    }
    byte[] big = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      big[bytes - 1 - i] = (byte) next();
    }
    BigInteger value = bytes == 0 ? BigInteger.ZERO : new BigInteger(big);
    // Only PyTorch's magic number is longer than 8 bytes; its lower half tells it as well.
    return value.longValue();
  }

  private static Object number(String line) throws IOException {
    return switch (line) {
      case "00" -> false;
      case "01" -> true;
      default -> {
        try {
          yield Long.parseLong(line);
        } catch (NumberFormatException e) {
          throw new IOException("the pickle has the number '%s'".formatted(line), e);
        }
      }
    };
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = next(); c != '\n'; c = next()) {
      line.append((char) c);
      if (line.length() > 1000) {
        throw new IOException("the pickle has a name of more than 1000 characters");
      }
    }
    return line.toString();
  }

  private String text(long bytes) throws IOException {
    if (bytes < 0 || bytes > MAX_TEXT) {
      throw new IOException("the pickle has a text of %d bytes".formatted(bytes));
    }
    byte[] utf8 = in.readNBytes((int) bytes);
    if (utf8.length < bytes) {
      throw new IOException("the pickle ends early");
    }
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
