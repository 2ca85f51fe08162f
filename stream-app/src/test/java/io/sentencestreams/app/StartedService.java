package io.sentencestreams.app;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.release.ReleaseLoader;
import io.sentencestreams.model.BatchEncoder;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** For tests elsewhere: a service whose encoders, that of a release too, are given. */
public final class StartedService {
  private StartedService() {}

  /** Starts it. */
  public static StreamService of(
      Map<String, Object> properties,
      Supplier<? extends BatchEncoder> encoder,
      ReleaseLoader loader)
      throws IOException {
    StreamService service = new StreamService(new AppConfig(properties));
    try {
      service.start(encoder, Optional.of(loader));
      return service;
    } catch (RuntimeException e) {
      service.close();
      throw e;
    }
  }
}
