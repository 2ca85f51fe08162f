package io.sentencestreams.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

/** Which module may use which. A rule fails too if no class is left that it speaks of. */
class ModuleArrowsTest {
  private static final String MODEL = "io.sentencestreams.model..";
  private static final String SCHEMAS = "io.sentencestreams.schemas..";
  private static final String TRAINER = "io.sentencestreams.trainer..";
  private static final String APP = "io.sentencestreams.app..";
  private static final String COMMAND_LINE = "io.sentencestreams.app.cli..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("io.sentencestreams");

  @Test
  void shouldKeepKafkaOutOfTheModel() {
    noClasses()
        .that()
        .resideInAPackage(MODEL)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..", SCHEMAS, TRAINER, APP)
        .because("a Java developer takes sentence embeddings in one dependency")
        .check(CLASSES);
  }

  @Test
  void shouldKeepTheEncoderOutOfTheSchemas() {
    noClasses()
        .that()
        .resideInAPackage(SCHEMAS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl..", MODEL, TRAINER, APP)
        .because("a consumer reads our topics without an encoder")
        .check(CLASSES);
  }

  @Test
  void shouldKeepTheAppOutOfTheTrainer() {
    noClasses()
        .that()
        .resideInAPackage(TRAINER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(APP)
        .because("the app builds on the trainer")
        .check(CLASSES);
  }

  @Test
  void shouldUseTheTrainerFromTheCommandLineOnly() {
    noClasses()
        .that()
        .resideInAPackage(APP)
        .and()
        .resideOutsideOfPackage(COMMAND_LINE)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(TRAINER)
        .because("the topology runs without the trainer")
        .check(CLASSES);
  }
}
