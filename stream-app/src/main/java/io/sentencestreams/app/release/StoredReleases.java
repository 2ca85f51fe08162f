package io.sentencestreams.app.release;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.release.ReleaseCache;
import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.IOException;
import java.util.Set;

/** Released models in the store of a configuration. */
public final class StoredReleases implements ReleaseLoader {
  private final AppConfig config;
  private final ReleaseStore store;
  private final ReleaseCache cache;

  /** Those of a configuration that says where they lie. */
  public StoredReleases(AppConfig config) {
    this.config = config;
    this.store = config.releaseStore();
    this.cache = new ReleaseCache(store, config.releasesCacheFolder());
  }

  @Override
  public BatchEncoder load(String version, String precision) throws IOException {
    Checkpoint release = cache.fetch(version);
    // Texts that wait at the swap are tokenized already.
    Checkpoint own = ModelRepository.ofUser().resolve(config.model());
    if (!own.hasTokenizerOf(release)) {
      throw new CheckpointException(
          "release %s has another tokenizer than %s, %s: it cannot take over from it"
              .formatted(version, AppConfig.MODEL, config.model()));
    }
    return SentenceEncoder.load(
        release,
        EncoderOptions.DEFAULT
            .withPrecision(Precision.parse(precision))
            .withDevices(config.devices()));
  }

  @Override
  public void keepOnly(Set<String> versions) throws IOException {
    cache.keepOnly(versions);
  }

  @Override
  public void close() {
    store.close();
  }
}
