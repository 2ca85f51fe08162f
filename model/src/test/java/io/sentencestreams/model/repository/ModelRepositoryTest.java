package io.sentencestreams.model.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.SentenceModule.Pooling;
import io.sentencestreams.model.checkpoint.TinyCheckpoint;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.repository.ImportProgress.Step;
import io.sentencestreams.model.repository.ModelRepository.Entry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelRepositoryTest {
  @TempDir private Path home;

  @ParameterizedTest
  @CsvSource({
    // The digests are golden: a release that changes one gives every stored vector a new version.
    "all-MiniLM-L6-v2, all-MiniLM-L6-v2, MEAN, 256, 101, 070daa92bff6dd60840a6f25e3288ea7d56c7526b1202c2b5fd0f22386bd2cf6",
    "bge-small-en-v1.5, BAAI/bge-small-en-v1.5, CLS, 512, 197, 59001bd5d55968ad391b2697de1b9e7f98dcc7045235d3da1ef9409ff8155a43"
  })
  void shouldImportAKnownModelOnceOnFirstUse(
      String name, String alias, PoolingMode mode, int length, int tensors, String digest) {
    ModelRepository repository = new ModelRepository(home);
    List<Step> steps = new ArrayList<>();

    Checkpoint checkpoint = repository.resolve(alias, (model, step) -> steps.add(step));

    assertThat(steps).containsExactly(Step.READ, Step.WRITE, Step.VERIFY);
    assertThat(checkpoint.name()).isEqualTo(name);
    assertThat(checkpoint.directory()).isEqualTo(home.resolve("models").resolve(name));
    assertThat(checkpoint.modules()).contains(new Pooling(List.of(mode), 384, true));
    assertThat(checkpoint.maxSequenceLength()).isEqualTo(length);
    assertThat(checkpoint.dimension()).isEqualTo(384);
    assertThat(checkpoint.digest()).isEqualTo(digest);
    try (Weights weights = checkpoint.weights()) {
      assertThat(weights.names()).hasSize(tensors);
      assertThat(weights.get("encoder.layer.5.intermediate.dense.weight").shape())
          .containsExactly(1536, 384);
    }
    assertThat(checkpoint.directory())
        .isDirectoryContaining("glob:**/vocab.txt")
        .isDirectoryContaining("glob:**/2_Normalize");
    assertThat(home.resolve("models/.staging").resolve(name)).doesNotExist();

    steps.clear();
    assertThat(repository.resolve(name, (model, step) -> steps.add(step)).digest())
        .isEqualTo(digest);
    assertThat(steps).isEmpty();
    checkpoint.verify();
  }

  @Test
  void shouldFindDamageByChecksumAndSayWhatToDo() throws IOException {
    Checkpoint imported = importTiny(new ModelRepository(home), "tiny");
    Path weights = imported.directory().resolve("model.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.seek(file.length() - 1);
      int last = file.read();
      file.seek(file.length() - 1);
      file.write(last ^ 1);
    }
    Checkpoint damaged = Checkpoint.open(imported.directory());
    assertThatThrownBy(damaged::verify)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors has other content than was imported")
        .hasMessageContaining("Delete the folder and import tiny again");
  }

  @Test
  void shouldSeeAFileThatWasCutOffWhenOpening() throws IOException {
    Checkpoint imported = importTiny(new ModelRepository(home), "tiny");
    Files.writeString(imported.tokenizerFile(), "{}");
    assertThatThrownBy(() -> new ModelRepository(home).resolve("tiny"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tokenizer.json has 2 bytes instead of");
  }

  @Test
  void shouldImportAFolderUnderItsNameWithoutOtherExports() throws IOException {
    Path source = TinyCheckpoint.write(home.resolve("elsewhere/tiny"));
    Files.createDirectories(source.resolve("onnx"));
    Files.writeString(source.resolve("onnx/model.onnx"), "another export");
    Files.writeString(source.resolve("pytorch_model.bin"), "another format");
    ModelRepository repository = new ModelRepository(home);

    Checkpoint imported = repository.importModel(source.toString(), ImportProgress.SILENT);

    assertThat(imported.name()).isEqualTo("tiny");
    assertThat(imported.digest()).isEqualTo(Checkpoint.open(source).digest());
    assertThat(imported.manifest().orElseThrow().files())
        .extracting(Manifest.FileEntry::path)
        .containsExactly(
            "1_Pooling/config.json",
            "config.json",
            "model.safetensors",
            "modules.json",
            "sentence_bert_config.json",
            "tokenizer.json");
    imported.verify();
    assertThat(repository.importModel(source.toString(), ImportProgress.SILENT).digest())
        .isEqualTo(imported.digest());
    assertThat(repository.show("tiny").name()).isEqualTo("tiny");
  }

  @Test
  void shouldImportWhatLiesBehindLinks() throws IOException {
    Path source = TinyCheckpoint.write(home.resolve("elsewhere/tiny"));
    Path pooling = Files.move(source.resolve("1_Pooling"), home.resolve("elsewhere/pooling"));
    Files.createSymbolicLink(source.resolve("1_Pooling"), pooling);
    Path current = Files.createSymbolicLink(home.resolve("elsewhere/current"), source);
    Files.createSymbolicLink(source.resolve("latest"), source);
    Checkpoint imported =
        new ModelRepository(home).importModel(current.toString(), ImportProgress.SILENT);
    assertThat(imported.digest()).isEqualTo(Checkpoint.open(source).digest());
    imported.verify();
  }

  @Test
  void shouldNotReplaceAModelByAnotherOfItsName() throws IOException {
    ModelRepository repository = new ModelRepository(home);
    importTiny(repository, "tiny");
    Path other = TinyCheckpoint.write(home.resolve("other/tiny"));
    Files.writeString(other.resolve("tokenizer.json"), "{}");
    assertThatThrownBy(() -> repository.importModel(other.toString(), ImportProgress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("another model named tiny");
  }

  @Test
  void shouldListKnownAndImportedModels() throws IOException {
    ModelRepository repository = new ModelRepository(home);
    Checkpoint tiny = importTiny(repository, "tiny");
    assertThat(repository.list())
        .containsExactly(
            new Entry("all-MiniLM-L6-v2", Optional.empty()),
            new Entry("bge-small-en-v1.5", Optional.empty()),
            new Entry("tiny", Optional.of(tiny.directory())));
  }

  @Test
  void shouldResolveAPathWithoutImportingIt() throws IOException {
    Path path = TinyCheckpoint.write(home.resolve("elsewhere/tiny"));
    ModelRepository repository = new ModelRepository(home);
    assertThat(repository.resolve(path.toString()).directory()).isEqualTo(path);
    assertThat(repository.directory()).doesNotExist();
  }

  @Test
  void shouldSuggestTheNearestNameForAnUnknownOne() {
    assertThatThrownBy(() -> new ModelRepository(home).resolve("all-minilm-l6-v2"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("there is no model all-minilm-l6-v2")
        .hasMessageContaining("Known are all-MiniLM-L6-v2, bge-small-en-v1.5")
        .hasMessageContaining("did you mean all-MiniLM-L6-v2?");
  }

  @Test
  void shouldNotImportAModelThatIsOnlyShown() {
    ModelRepository repository = new ModelRepository(home);
    assertThatThrownBy(() -> repository.show("all-MiniLM-L6-v2"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not imported yet");
    assertThat(repository.directory()).doesNotExist();
  }

  @Test
  void shouldSayHowToMoveAHomeThatCannotBeWritten() throws IOException {
    Path file = Files.writeString(home.resolve("file"), "not a folder");
    assertThatThrownBy(() -> new ModelRepository(file).resolve("all-MiniLM-L6-v2"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("cannot import all-MiniLM-L6-v2 into " + file)
        .hasMessageContaining("set SENTENCE_STREAMS_HOME to another folder");
  }

  @Test
  void shouldLeaveNothingVisibleWhenAnImportFails() throws IOException {
    Path source = TinyCheckpoint.write(home.resolve("elsewhere/tiny"));
    ModelRepository repository = new ModelRepository(home);
    ImportProgress failing =
        (model, step) -> {
          if (step == Step.VERIFY) {
            throw new IllegalStateException("stopped");
          }
        };
    assertThatThrownBy(() -> repository.importModel(source.toString(), failing))
        .hasMessage("stopped");
    assertThat(repository.list()).extracting(Entry::name).doesNotContain("tiny");
    assertThat(home.resolve("models/.staging/tiny")).doesNotExist();
  }

  @Test
  void shouldLieWhereThePlatformKeepsCaches() {
    assertThat(ModelRepository.home(Map.of("SENTENCE_STREAMS_HOME", "/s"), "Linux", "/u"))
        .isEqualTo(Path.of("/s"));
    assertThat(ModelRepository.home(Map.of("XDG_CACHE_HOME", "/x"), "Linux", "/u"))
        .isEqualTo(Path.of("/x/sentence-streams"));
    assertThat(ModelRepository.home(Map.of("XDG_CACHE_HOME", "relative"), "Linux", "/u"))
        .isEqualTo(Path.of("/u/.cache/sentence-streams"));
    assertThat(ModelRepository.home(Map.of(), "Mac OS X", "/u"))
        .isEqualTo(Path.of("/u/Library/Caches/sentence-streams"));
  }

  private Checkpoint importTiny(ModelRepository repository, String name) throws IOException {
    Path source = TinyCheckpoint.write(home.resolve("source").resolve(name));
    return repository.importModel(source.toString(), ImportProgress.SILENT);
  }
}
