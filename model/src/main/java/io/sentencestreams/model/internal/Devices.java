package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The devices that a person names, and what tells one kind of device from another. */
public final class Devices {
  private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d+))?");

  /** What makes one x86 processor compute faster in some precision than another. */
  private static final Pattern FAST_PATHS = Pattern.compile("avx2|avx512\\w*|amx\\w*|avx_vnni");

  /** What multiplies bytes and adds the products in 32 bits. */
  private static final Pattern BYTE_PRODUCTS = Pattern.compile("avx512_vnni|avx_vnni|amx_int8");

  /** Values of oneDNN's variable that mask all of that. */
  private static final Set<String> WITHOUT_BYTE_PRODUCTS =
      Set.of("SSE41", "AVX", "AVX2", "AVX512_CORE");

  private Devices() {}

  /**
   * Resolves names.
   *
   * @throws IllegalArgumentException if a name is none, a GPU is not there, or a device is named
   *     twice
   */
  public static List<Device> resolve(List<String> names) {
    List<Device> devices = new ArrayList<>();
    for (String name : names) {
      if (name.equals("auto")) {
        devices.addAll(all());
      } else if (name.equals("cpu")) {
        devices.add(Device.cpu());
      } else {
        devices.add(gpu(name));
      }
    }
    if (devices.stream().distinct().count() < devices.size()) {
      throw new IllegalArgumentException("a device is named twice in " + names);
    }
    return devices;
  }

  private static List<Device> all() {
    int gpus = Torch.gpuCount();
    if (gpus == 0) {
      return List.of(Device.cpu());
    }
    return Stream.iterate(0, i -> i + 1).limit(gpus).map(Device::gpu).toList();
  }

  private static Device gpu(String name) {
    Matcher matcher = CUDA.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "device '%s' is not one of auto, cpu, cuda:N".formatted(name));
    }
    int index = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
    int count = Torch.gpuCount();
    if (index >= count) {
      throw new IllegalArgumentException(
          "device '%s' is not there: %d CUDA devices can be used%s"
              .formatted(
                  name,
                  count,
                  count == 0 ? "; see README, 'On a GPU', for PyTorch's CUDA libraries" : ""));
    }
    return Device.gpu(index);
  }

  /**
   * Identifies a kind of device, as far as the choice of a precision goes: the processor's model,
   * its vector extensions, and the variables that mask them.
   */
  public static String identity(Device device) {
    if (device.isGpu()) {
      return "cuda " + CudaUtils.getComputeCapability(device.getDeviceId());
    }
    return String.join(
        " ",
        processor(),
        "cores=" + Runtime.getRuntime().availableProcessors(),
        "isa=" + oneDnnIsa(),
        "capability=" + System.getenv().getOrDefault("ATEN_CPU_CAPABILITY", ""));
  }

  private static String oneDnnIsa() {
    Map<String, String> environment = System.getenv();
    return environment.getOrDefault(
        "ONEDNN_MAX_CPU_ISA", environment.getOrDefault("DNNL_MAX_CPU_ISA", ""));
  }

  /**
   * Whether oneDNN can multiply bytes here without loss. On processors that lack it, it adds
   * products in pairs of 16 bits, which saturate: embeddings come out that are visibly wrong.
   */
  static boolean multipliesBytes() {
    return BYTE_PRODUCTS.matcher(processor()).find()
        && !WITHOUT_BYTE_PRODUCTS.contains(oneDnnIsa().toUpperCase(Locale.ROOT));
  }

  private static String processor() {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return System.getProperty("os.arch") + " " + System.getenv("PROCESSOR_IDENTIFIER");
    }
    try (Stream<String> lines = Files.lines(file)) {
      // The first processor's entry is enough: they are alike.
      List<String> entry = lines.takeWhile(line -> !line.isBlank()).toList();
      TreeSet<String> parts = new TreeSet<>();
      for (String line : entry) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (lower.startsWith("model") || lower.startsWith("cpu part")) {
          parts.add(line.replaceAll("\\s+", " "));
        } else if (lower.startsWith("flags")) {
          FAST_PATHS.matcher(lower).results().forEach(match -> parts.add(match.group()));
        }
      }
      return String.join(" ", parts);
    } catch (IOException e) {
      return System.getProperty("os.arch") + " without /proc/cpuinfo";
    }
  }
}
