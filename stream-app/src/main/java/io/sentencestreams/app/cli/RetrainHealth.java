package io.sentencestreams.app.cli;

import io.sentencestreams.app.http.HealthSource;
import io.sentencestreams.trainer.retraining.RetrainStatus;
import java.util.ArrayList;
import java.util.List;

/** Health of the retraining service. */
final class RetrainHealth implements HealthSource {
  private final RetrainStatus status;

  /** Of a service. */
  RetrainHealth(RetrainStatus status) {
    this.status = status;
  }

  @Override
  public boolean live() {
    return true; // a service that fails ends its process
  }

  @Override
  public boolean ready() {
    return status.isWorking();
  }

  @Override
  public List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    checks.add(
        new Check(
            "labels",
            status.isWorking() && status.blocked().isEmpty(),
            status
                .blocked()
                .orElseGet(
                    () ->
                        status.isWorking()
                            ? "%d new labels wait for a run".formatted(status.waiting())
                            : "the topics are not read yet, or not any more")));
    checks.add(
        new Check(
            "run",
            true,
            status.running().orElseGet(() -> status.last().orElse("no run since the start"))));
    status
        .pinned()
        .ifPresent(
            version ->
                checks.add(
                    new Check("release", true, version + " is pinned, so that no run starts")));
    return checks;
  }
}
