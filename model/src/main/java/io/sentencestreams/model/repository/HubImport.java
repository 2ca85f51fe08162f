package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** Takes a model from the hub, by way of the Python library's cache, whose files it links to. */
final class HubImport implements ModelImport {
  private final HubId model;
  private final HubCache cache;
  private String commit;

  HubImport(HubId model, HubCache cache) {
    this.model = model;
    this.cache = cache;
  }

  @Override
  public String name() {
    return model.localName();
  }

  @Override
  public String source() {
    return model.source(Objects.requireNonNull(commit, "nothing was written yet"));
  }

  @Override
  public void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException {
    Path snapshot = cache.snapshot(model, name(), progress);
    commit = Objects.toString(snapshot.getFileName());
    new DirectoryImport(Checkpoint.open(snapshot), name(), DirectoryImport.Contents.LINKED)
        .writeTo(checkpoint, scratch, progress);
  }
}
