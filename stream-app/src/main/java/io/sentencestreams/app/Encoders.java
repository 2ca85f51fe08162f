package io.sentencestreams.app;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ImportProgress;
import io.sentencestreams.model.repository.ModelRepository;
import java.util.function.Supplier;

/** Loads the encoder that a configuration names. */
public final class Encoders {
  private Encoders() {}

  /** A loader for {@link StreamsApp}: each call loads the model afresh. */
  public static Supplier<SentenceEncoder> loader(AppConfig config, ImportProgress progress) {
    EncoderOptions options =
        EncoderOptions.DEFAULT
            .withPrecision(Precision.parse(config.precision()))
            .withDevices(config.devices());
    return () ->
        SentenceEncoder.load(ModelRepository.ofUser().resolve(config.model(), progress), options);
  }
}
