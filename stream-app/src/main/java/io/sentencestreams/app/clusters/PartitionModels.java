package io.sentencestreams.app.clusters;

import io.sentencestreams.model.clustering.online.Assignment;
import io.sentencestreams.model.clustering.online.ClusterModel;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.model.clustering.online.Placed;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The clusters that texts of one partition are placed in, of each model version apart, and their
 * store. A task may be lost between two parts of a step's clusters, and must go on with the
 * complete ones that it had: so the parts of a step do not overwrite those of the one before.
 */
final class PartitionModels {
  private final KeyValueStore<byte[], byte[]> store;
  private final Map<String, Known> models = new HashMap<>();

  /** The result of a step, and the model of it once there is a vector to place. */
  private static final class Known {
    private final long number;
    private final MacroStep step;
    private int dimension;
    private ClusterModel model;

    Known(long number, MacroStep step) {
      this.number = number;
      this.step = step;
    }

    ClusterModel model(int wanted) {
      if (model == null || dimension != wanted) {
        boolean fits =
            step.clusters().stream().allMatch(cluster -> cluster.centroid().length == wanted);
        model = new ClusterModel(fits ? step : MacroStep.NOTHING, wanted);
        dimension = wanted;
      }
      return model;
    }
  }

  /** As they are in the store. */
  PartitionModels(KeyValueStore<byte[], byte[]> store) {
    this.store = store;
    Map<String, Map<Long, List<ModelPart>>> stored = new HashMap<>();
    try (KeyValueIterator<byte[], byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        ModelPart part = (ModelPart) ClusterCodec.decodeInput(entry.value);
        stored
            .computeIfAbsent(part.modelVersion(), key -> new HashMap<>())
            .computeIfAbsent(part.step(), key -> new ArrayList<>())
            .add(part);
      }
    }
    stored.forEach((modelVersion, steps) -> steps.forEach(this::open));
  }

  private void open(long step, List<ModelPart> parts) {
    ModelPart first = parts.get(0);
    Known known = models.get(first.modelVersion());
    if (parts.size() == first.count() && (known == null || known.number < step)) {
      models.put(first.modelVersion(), new Known(step, decode(parts)));
    }
  }

  private static MacroStep decode(List<ModelPart> parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    parts.stream()
        .sorted(Comparator.comparingInt(ModelPart::index))
        .forEach(part -> bytes.writeBytes(part.bytes()));
    return ClusterCodec.decodeStep(bytes.toByteArray());
  }

  /**
   * The result of the latest step that is complete in a store that a task may write meanwhile.
   *
   * @return without clusters if there has been no step; empty if two steps went by while it was
   *     read
   */
  static Optional<MacroStep> latest(
      ReadOnlyKeyValueStore<byte[], byte[]> store, String modelVersion) {
    Map<Long, List<ModelPart>> steps =
        parts(store, modelVersion).stream()
            .collect(Collectors.groupingBy(ModelPart::step, TreeMap::new, Collectors.toList()));
    if (steps.isEmpty()) {
      return Optional.of(MacroStep.NOTHING);
    }
    return steps.values().stream()
        .filter(parts -> parts.size() == parts.get(0).count())
        .reduce((earlier, later) -> later)
        .map(PartitionModels::decode);
  }

  /** Takes a part; with the last one the clusters are those that texts are placed in. */
  void add(ModelPart part) {
    if (part.count() == 0) {
      models.remove(part.modelVersion());
      parts(part.modelVersion()).forEach(this::delete);
      return;
    }
    store.put(key(part), ClusterCodec.encode(part));
    if (part.index() == part.count() - 1) {
      List<ModelPart> all = parts(part.modelVersion());
      open(
          part.step(),
          new ArrayList<>(all.stream().filter(other -> other.step() == part.step()).toList()));
      all.stream().filter(other -> other.step() != part.step()).forEach(this::delete);
    }
  }

  private List<ModelPart> parts(String modelVersion) {
    return parts(store, modelVersion);
  }

  private static List<ModelPart> parts(
      ReadOnlyKeyValueStore<byte[], byte[]> store, String modelVersion) {
    List<ModelPart> parts = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> range =
        store.range(ClusterKeys.of(modelVersion, 0), ClusterKeys.of(modelVersion, -1))) {
      while (range.hasNext()) {
        parts.add((ModelPart) ClusterCodec.decodeInput(range.next().value));
      }
    }
    return parts;
  }

  private void delete(ModelPart part) {
    store.delete(key(part));
  }

  /** Steps by turns have the same keys, which keeps the changelog small. */
  private static byte[] key(ModelPart part) {
    return ClusterKeys.of(part.modelVersion(), (part.step() % 2) << 32 | part.index());
  }

  /** Where a text belongs. */
  Placed place(EmbeddedText text, Assignment assignment) {
    return model(text).place(text.vector(), assignment);
  }

  /** The latest of the partition's micro-clusters that a step has seen, 0 before the first. */
  long newest(EmbeddedText text) {
    return model(text).newest();
  }

  private ClusterModel model(EmbeddedText text) {
    return models
        .computeIfAbsent(text.modelVersion(), version -> new Known(0, MacroStep.NOTHING))
        .model(text.vector().length);
  }
}
