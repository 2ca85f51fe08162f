package io.sentencestreams.app.window;

import io.sentencestreams.app.batch.Outcome;
import io.sentencestreams.app.topology.Changelogs;
import io.sentencestreams.app.topology.CommitSignal;
import io.sentencestreams.app.topology.ProcessorStep;
import io.sentencestreams.app.topology.RecordSizes;
import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.InFlightCodec;
import io.sentencestreams.schemas.InFlightEntry;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The part of the topology behind the encoder. All names are final: topics and stores are named
 * after them.
 */
public final class WindowTopology {
  /** {@value}: the child that the encoder's processor gives texts to. */
  public static final String TO_WINDOW = "to-window";

  static final String TO_PAIRS = "to-pairs";
  static final String PROBES = "probes";
  static final String DUPLICATES = "duplicates";
  static final String UNIQUE = "unique";
  static final String VECTORS_STORE = "window-vectors";
  static final String ENTRIES_STORE = "window-entries";
  static final String STATE_STORE = "window-state";
  static final String VERSIONS_STORE = "window-versions";
  static final String COMMIT_SIGNAL = "window-commit-signal";
  static final String FIRSTS_STORE = "firsts";
  static final String SEEN_STORE = "pairs-seen";
  static final String GROUPS_STORE = "groups";
  static final String GROUPS_STATE_STORE = "groups-state";
  static final String STATE_KEY = "state";

  /** The sink of texts that the encoder's processor gives to no window. */
  private static final String UNIQUE_INCOMPARABLE = "unique-incomparable";

  private static final String WINDOW = "window";
  private static final String PAIRS = "pairs";
  private static final String GROUPS = "group";

  /**
   * What {@link Repartitioned} makes of a name. Its own way into the topic is not used: it drops
   * records without a key, without a word.
   */
  public static final String WINDOW_TOPIC = WINDOW + "-repartition";

  static final String PAIRS_TOPIC = PAIRS + "-repartition";

  /** Topics between processors, without the application's name. */
  public static final List<String> REPARTITION_TOPICS = List.of(WINDOW_TOPIC, PAIRS_TOPIC);

  /**
   * {@value}: which version of the model each partition of the window has settled on, a record in
   * the partition of its number; without the application's name.
   */
  public static final String VERSIONS_TOPIC = VERSIONS_STORE + "-changelog";

  /** Stores with a changelog each. */
  public static final List<String> STORES =
      List.of(
          VECTORS_STORE,
          ENTRIES_STORE,
          STATE_STORE,
          VERSIONS_STORE,
          FIRSTS_STORE,
          SEEN_STORE,
          GROUPS_STORE,
          GROUPS_STATE_STORE);

  /** Of a text's words the window keeps so many characters, which is more than models read. */
  private static final int MOST_CHARS = 32_768;

  private static final int MOST_BYTES_PER_CHAR = 3;

  /** So many ids fit in any record, and their coordinates too. */
  private static final int IDS_IN_RECORD = 20;

  private final WindowSettings settings;
  private final WindowMetrics metrics;
  private final Succession succession;
  private final RunningPartitions groups = new RunningPartitions();

  /**
   * The window with its settings.
   *
   * @param succession of models, or null where the model stays
   */
  public WindowTopology(WindowSettings settings, WindowMetrics metrics, Succession succession) {
    this.settings = settings;
    this.metrics = metrics;
    this.succession = succession;
  }

  /** The version that a record of {@link #VERSIONS_TOPIC} says. */
  public static String settledVersion(byte[] value) {
    return ReembeddingState.decode(value).settled();
  }

  /**
   * Gives an embedding to the window.
   *
   * @param older what the model before made of the text, or null
   * @param text its words
   * @param record as it goes to the topic of embeddings
   * @param context of the encoder's processor
   */
  public void forward(
      EmbeddingRecord embedding,
      Outcome.Older older,
      String text,
      Record<byte[], byte[]> record,
      ProcessorContext<byte[], byte[]> context) {
    Optional<byte[]> message = message(embedding, older, text, record);
    if (message.isPresent()) {
      // The message holds its own event time; the record's is when it was sent.
      long sent = context.currentSystemTimeMs();
      context.forward(new Record<>(null, message.get(), sent, new RecordHeaders()), TO_WINDOW);
    } else if (settings.wantsFirsts()) {
      metrics.first();
      context.forward(record, UNIQUE_INCOMPARABLE);
    }
  }

  /**
   * Empty for an embedding of length zero, which is similar to none, and for what is too large for
   * the window's topics even without its words.
   */
  Optional<byte[]> message(
      EmbeddingRecord embedding, Outcome.Older older, String text, Record<byte[], byte[]> record) {
    if (embedding.vector().length != settings.dimension()
        || FixedPointVector.isZero(embedding.vector())) {
      metrics.incomparable();
      return Optional.empty();
    }
    short[] vector = FixedPointVector.of(embedding.vector());
    // Here and nowhere else: two instances may divide the space a little differently.
    Route route = settings.router().route(vector);
    WindowItem item =
        new WindowItem(
            embedding.id(),
            embedding.topic(),
            embedding.partition(),
            embedding.offset(),
            embedding.eventTimeMillis(),
            embedding.modelVersion(),
            vector);
    String kept = start(text, (long) MOST_CHARS * MOST_BYTES_PER_CHAR);
    byte[] first = settings.wantsFirsts() ? first(embedding, record) : new byte[0];
    WindowMessage home = WindowMessage.home(route, item, kept, first);
    if (older != null
        && older.vector().length == settings.dimension()
        && !FixedPointVector.isZero(older.vector())) {
      short[] before = FixedPointVector.of(older.vector());
      home =
          home.with(
              new WindowMessage.Older(older.modelVersion(), before),
              settings.router().route(before));
    }
    byte[] message = WindowCodec.encode(home);
    if (!fits(message)) {
      metrics.textCut();
      message = fitting(home, settings);
    }
    // A pair has two ids, and a character may take six bytes in JSON.
    long idBytes = embedding.id().getBytes(StandardCharsets.UTF_8).length;
    if (!fits(message) || idBytes > settings.maxBytes() / IDS_IN_RECORD) {
      metrics.tooLarge();
      return Optional.empty();
    }
    return Optional.of(message);
  }

  private boolean fits(byte[] message) {
    return fits(message, settings);
  }

  private static boolean fits(byte[] message, WindowSettings settings) {
    return message.length + RecordSizes.OVERHEAD <= settings.maxBytes();
  }

  /** With as much of the text as a record has room for. */
  static byte[] fitting(WindowMessage message, WindowSettings settings) {
    byte[] whole = WindowCodec.encode(message);
    if (fits(whole, settings)) {
      return whole;
    }
    byte[] wordless = WindowCodec.encode(message.withText(""));
    String kept =
        start(message.text(), settings.maxBytes() - RecordSizes.OVERHEAD - wordless.length);
    return WindowCodec.encode(message.withText(kept));
  }

  /** As much of a text as surely takes no more bytes; an emoji is not cut in two. */
  private static String start(String text, long bytes) {
    int chars = (int) Math.max(0, Math.min(bytes / MOST_BYTES_PER_CHAR, text.length()));
    boolean isCutInTwo =
        chars > 0 && chars < text.length() && Character.isHighSurrogate(text.charAt(chars - 1));
    return text.substring(0, isCutInTwo ? chars - 1 : chars);
  }

  /**
   * The record of the topic of embeddings, byte by byte, so that a reader of that topic can read
   * first occurrences instead.
   */
  static byte[] first(EmbeddingRecord embedding, Record<byte[], byte[]> record) {
    return InFlightCodec.encode(
        new InFlightEntry(
            0,
            embedding.topic(),
            embedding.partition(),
            embedding.offset(),
            record.timestamp(),
            record.key(),
            record.value(),
            record.headers()));
  }

  /** What {@link #first(EmbeddingRecord, Record)} was made of. */
  static Record<byte[], byte[]> first(byte[] stored) {
    InFlightEntry entry = InFlightCodec.decode(stored);
    return new Record<>(entry.key(), entry.value(), entry.timestamp(), entry.headers());
  }

  /** Reads the window of a running stream that this topology is part of. */
  public WindowReader reader(KafkaStreams streams) {
    return new WindowReader(streams, settings, groups);
  }

  /** Adds what follows the encoder, but for the sinks. */
  public void addTo(KStream<byte[], byte[]> encoded) {
    Serde<byte[]> bytes = Serdes.ByteArray();
    KStream<byte[], byte[]> windowed =
        encoded.repartition(
            Repartitioned.with(bytes, bytes)
                .withName(WINDOW)
                .withNumberOfPartitions(settings.partitions())
                .withStreamPartitioner(new TargetPartitioner()));
    KStream<byte[], byte[]> pairs =
        windowed.process(
            new ProcessorStep(
                () -> new WindowProcessor(settings, metrics, succession), windowStores()),
            Named.as(WINDOW));
    pairs
        .repartition(
            Repartitioned.with(bytes, bytes)
                .withName(PAIRS)
                // One: a group may span all partitions of the window.
                .withNumberOfPartitions(1))
        .process(
            new ProcessorStep(() -> new GroupProcessor(settings, metrics, groups), groupStores()),
            Named.as(GROUPS));
  }

  /**
   * Adds the sinks, among them the one that leads back to the window.
   *
   * @param encoder name of the processor that forwards to {@link #TO_WINDOW}
   */
  public void addSinks(Topology topology, String encoder) {
    Serializer<byte[]> bytes = Serdes.ByteArray().serializer();
    topology.addSink(TO_WINDOW, WINDOW_TOPIC, bytes, bytes, new TargetPartitioner(), encoder);
    topology.addSink(PROBES, WINDOW_TOPIC, bytes, bytes, new TargetPartitioner(), WINDOW);
    topology.addSink(TO_PAIRS, PAIRS_TOPIC, bytes, bytes, WINDOW);
    topology.addSink(DUPLICATES, settings.duplicatesTopic(), bytes, bytes, GROUPS);
    if (settings.wantsFirsts()) {
      topology.addSink(UNIQUE, settings.uniqueTopic(), bytes, bytes, WINDOW);
      topology.addSink(UNIQUE_INCOMPARABLE, settings.uniqueTopic(), bytes, bytes, encoder);
    }
  }

  private Set<StoreBuilder<?>> windowStores() {
    Set<StoreBuilder<?>> stores = new HashSet<>();
    stores.add(VectorStore.builder(VECTORS_STORE, settings, Changelogs.OF_A_WINDOW));
    stores.add(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(ENTRIES_STORE), Serdes.Long(), Serdes.ByteArray())
            .withLoggingEnabled(Changelogs.OF_A_WINDOW));
    stores.add(state(STATE_STORE));
    stores.add(state(VERSIONS_STORE));
    if (!settings.exactlyOnce()) {
      stores.add(CommitSignal.builder(COMMIT_SIGNAL));
    }
    if (settings.wantsFirsts()) {
      stores.add(
          Stores.keyValueStoreBuilder(
                  Stores.persistentKeyValueStore(FIRSTS_STORE),
                  Serdes.ByteArray(),
                  Serdes.ByteArray())
              .withCachingEnabled()
              .withLoggingEnabled(Changelogs.OF_A_WINDOW));
    }
    return stores;
  }

  private static Set<StoreBuilder<?>> groupStores() {
    return Set.of(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(SEEN_STORE), Serdes.ByteArray(), Serdes.ByteArray())
            .withLoggingEnabled(Changelogs.OF_A_WINDOW),
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(GROUPS_STORE),
                Serdes.ByteArray(),
                Serdes.ByteArray())
            .withCachingEnabled()
            .withLoggingEnabled(Changelogs.OF_A_WINDOW),
        state(GROUPS_STATE_STORE));
  }

  /** One entry, written with each record and to the changelog with each commit. */
  private static StoreBuilder<?> state(String name) {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(name), Serdes.String(), Serdes.ByteArray())
        .withCachingEnabled()
        .withLoggingEnabled(Changelogs.OF_A_WINDOW);
  }
}
