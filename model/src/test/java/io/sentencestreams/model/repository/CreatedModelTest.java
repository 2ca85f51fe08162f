package io.sentencestreams.model.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.composition.ModelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreatedModelTest {
  @TempDir private Path home;

  private Checkpoint create(ModelRepository repository, String name, String... words) {
    ModelBuilder bag = ModelBuilder.bagOfWords(List.of(words), Map.of(), 1, true);
    return repository.create(name, "test", bag::writeTo, ImportProgress.SILENT);
  }

  @Test
  void shouldKeepAModelUnderItsName() {
    ModelRepository repository = new ModelRepository(home);
    Checkpoint created = create(repository, "bag", "cat", "dog");
    created.verify();
    assertThat(created.dimension()).isEqualTo(2);
    assertThat(repository.resolve("bag").digest()).isEqualTo(created.digest());
    assertThat(created.manifest().orElseThrow().source()).isEqualTo("test");
    assertThat(repository.list()).extracting(ModelRepository.Entry::name).contains("bag");
  }

  @Test
  void shouldNotPutAModelInPlaceOfAnother() {
    ModelRepository repository = new ModelRepository(home);
    String digest = create(repository, "bag", "cat").digest();
    for (String taken : List.of("bag", "all-MiniLM-L6-v2")) {
      assertThatThrownBy(() -> create(repository, taken, "dog"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("there is a model named %s already".formatted(taken));
    }
    assertThat(repository.resolve("bag").digest()).isEqualTo(digest);
  }

  @Test
  void shouldLeaveNothingOfAModelThatCannotBeWritten() {
    ModelRepository repository = new ModelRepository(home);
    assertThatThrownBy(
            () ->
                repository.create(
                    "broken",
                    "test",
                    folder -> {
                      throw new IOException("no room");
                    },
                    ImportProgress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no room");
    assertThat(repository.list()).extracting(ModelRepository.Entry::name).doesNotContain("broken");
  }
}
