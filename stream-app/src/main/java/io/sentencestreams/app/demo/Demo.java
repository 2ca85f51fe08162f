package io.sentencestreams.app.demo;

import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.FileTree;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.demo.StartAccount.Moment;
import io.sentencestreams.model.BatchEncoder;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.LoggerFactory;

/** The main job with no other program: broker, topics, topology, a feed, and a view of it all. */
public final class Demo {
  private static final int PARTITIONS = 4;
  private static final String TEXTS = "texts";
  static final String EMBEDDINGS = "embeddings";
  static final String DEAD_LETTERS = "embeddings-dead-letters";
  static final String DUPLICATES = "duplicates";
  static final String CLUSTERS = "clusters";
  static final long CLUSTERS_INTERVAL_MS = 500;

  /** The built-in texts say the same in other words, not in the same. */
  private static final double DUPLICATES_THRESHOLD = 0.8;

  private static final double BUILT_IN_RATE = 25;

  private final Options options;
  private final Supplier<? extends BatchEncoder> encoderLoader;
  private final DemoScreen screen;
  private final StartAccount account = new StartAccount();

  /**
   * What the user asked for.
   *
   * @param input file of lines to feed; null for the texts that come with the program
   * @param perSecond texts per second; 0: as fast as they are taken; negative: the default
   * @param exitWhenDone whether to end when all texts have been encoded, or to stay up
   * @param terminal whether a person watches
   * @param account whether to keep {@link #startAccount} to the end of the start
   */
  public record Options(
      Path input, double perSecond, boolean exitWhenDone, boolean terminal, boolean account) {}

  /** A demo that shows itself on {@code out}. */
  public Demo(Options options, Supplier<? extends BatchEncoder> encoderLoader, PrintStream out) {
    this.options = options;
    this.encoderLoader = encoderLoader;
    this.screen = new DemoScreen(out, options.terminal());
  }

  /**
   * Runs until all texts are through, or until the thread is interrupted.
   *
   * @return whether every text that was fed came out as an embedding or a dead letter
   */
  public boolean run() throws InterruptedException {
    Path state = temporaryFolder();
    try {
      return run(state);
    } finally {
      delete(state);
    }
  }

  /** When which part of the start was done. */
  public StartAccount startAccount() {
    return account;
  }

  private boolean run(Path state) throws InterruptedException {
    account.reached(Moment.COMMAND);
    // Its start is not thread-safe: what another thread logs meanwhile is lost, with a warning.
    LoggerFactory.getILoggerFactory();
    CompletableFuture<BatchEncoder> loading = CompletableFuture.supplyAsync(this::load);
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      account.reached(Moment.BROKER);
      createTopics(broker);
      account.reached(Moment.TOPICS);
      screen.line("broker %s ready after %.1f s", broker.bootstrapServers(), sinceLaunch());
      BatchEncoder encoder = join(loading);
      account.reached(Moment.MODEL);
      screen.line(
          "model %s (%s, %d dimensions) ready after %.1f s",
          encoder.modelName(), encoder.modelVersion(), encoder.dimension(), sinceLaunch());
      AppConfig config = config(broker, state);
      ClusterCheck.Report report = ClusterCheck.run(config);
      account.reached(Moment.CHECKED);
      try (StreamsApp app = new StreamsApp(config, report.limits(), firstThenLoad(encoder))) {
        account.reached(Moment.BUILT);
        app.start();
        if (options.account()) {
          account.watch(app);
        }
        return watch(broker, app);
      }
    }
  }

  private BatchEncoder load() {
    BatchEncoder encoder = encoderLoader.get();
    account.reached(Moment.MODEL_LOADED);
    return encoder;
  }

  private boolean watch(EmbeddedBroker broker, StreamsApp app) throws InterruptedException {
    double rate =
        options.perSecond() >= 0
            ? options.perSecond()
            : options.input() == null ? BUILT_IN_RATE : 0;
    DemoFeed feed = new DemoFeed(options.input(), rate, TEXTS, client(broker));
    Thread feeder = new Thread(feed, "demo-feed");
    feeder.setDaemon(true);
    feeder.start();
    try (DemoView view = new DemoView(screen, app, feed, client(broker), account)) {
      return view.run(options.exitWhenDone());
    } finally {
      feeder.interrupt();
    }
  }

  private static AppConfig config(EmbeddedBroker broker, Path state) {
    Map<String, Object> properties = new HashMap<>(client(broker));
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "demo");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 0);
    properties.put(AppConfig.INPUT_TOPICS, TEXTS);
    properties.put(AppConfig.OUTPUT_TOPIC, EMBEDDINGS);
    properties.put(AppConfig.DEAD_LETTER_TOPIC, DEAD_LETTERS);
    properties.put(AppConfig.OUTPUT_INCLUDE_TEXT, true);
    properties.put(AppConfig.DUPLICATES_TOPIC, DUPLICATES);
    properties.put(AppConfig.DUPLICATES_THRESHOLD, DUPLICATES_THRESHOLD);
    properties.put(AppConfig.CLUSTERS_TOPIC, CLUSTERS);
    properties.put(AppConfig.CLUSTERS_INTERVAL_MS, CLUSTERS_INTERVAL_MS);
    properties.put(AppConfig.WINDOW_PARTITIONS, 1); // one process; the start is shorter
    return new AppConfig(properties);
  }

  private static Map<String, Object> client(EmbeddedBroker broker) {
    return Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
  }

  private static void createTopics(EmbeddedBroker broker) {
    try (Admin admin = Admin.create(client(broker))) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic(TEXTS, PARTITIONS, (short) 1),
              new NewTopic(EMBEDDINGS, PARTITIONS, (short) 1),
              new NewTopic(DEAD_LETTERS, 1, (short) 1),
              new NewTopic(DUPLICATES, 1, (short) 1),
              new NewTopic(CLUSTERS, 1, (short) 1)
                  .configs(
                      Map.of(
                          TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT))));
    }
  }

  /** The encoder that is loaded already, and a new one each time after. */
  private Supplier<BatchEncoder> firstThenLoad(BatchEncoder first) {
    AtomicReference<BatchEncoder> loaded = new AtomicReference<>(first);
    return () -> {
      BatchEncoder encoder = loaded.getAndSet(null);
      return encoder != null ? encoder : encoderLoader.get();
    };
  }

  private static BatchEncoder join(CompletableFuture<BatchEncoder> loading)
      throws InterruptedException {
    try {
      return loading.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("the model cannot be loaded", e.getCause());
    }
  }

  static double sinceLaunch() {
    return (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime())
        / 1000.0;
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("sentence-streams-demo");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder for the demo's state", e);
    }
  }

  private static void delete(Path folder) {
    try {
      FileTree.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("the demo's temporary folder cannot be deleted", e);
    }
  }
}
