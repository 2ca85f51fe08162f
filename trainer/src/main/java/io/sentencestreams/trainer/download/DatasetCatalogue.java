package io.sentencestreams.trainer.download;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.download.DownloadException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Data sets with the addresses of their files. */
public final class DatasetCatalogue {
  private final List<Dataset> datasets;

  private DatasetCatalogue(List<Dataset> datasets) {
    this.datasets = List.copyOf(datasets);
  }

  /**
   * A data set.
   *
   * @param about one sentence
   * @param files at least one
   */
  public record Dataset(String name, String about, List<RemoteFile> files) {
    /** Checks that there are files, and copies them. */
    public Dataset {
      files = List.copyOf(files);
      if (name == null || !name.matches("[A-Za-z0-9][A-Za-z0-9._-]*") || files.isEmpty()) {
        throw new IllegalArgumentException(
            "a data set needs a name of letters, digits, '.', '_' and '-', and files: " + name);
      }
    }
  }

  /**
   * A file. Archives, whose name ends in {@code .zip}, are unpacked.
   *
   * @param sha256 in hexadecimal; null if it is not known
   */
  public record RemoteFile(URI url, String sha256) {
    /** Checks that the address has a file's name. */
    public RemoteFile {
      Objects.requireNonNull(url, "a file needs an url");
      if (fileName(url).isEmpty()) {
        throw new IllegalArgumentException("the address names no file: " + url);
      }
    }

    /** The last part of the address. */
    public String name() {
      return fileName(url);
    }

    private static String fileName(URI url) {
      String path = Objects.toString(url.getPath(), "");
      String name = path.substring(path.lastIndexOf('/') + 1);
      return name.startsWith(".") ? "" : name;
    }
  }

  /** Those of the 2020 library's examples, and some that were published since. */
  public static DatasetCatalogue standard() {
    try (InputStream in = DatasetCatalogue.class.getResourceAsStream("datasets.json")) {
      return new DatasetCatalogue(read(Objects.requireNonNull(in).readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a catalogue: a JSON list of {@code {"name", "about", "files": [{"url", "sha256"}]}}.
   *
   * @throws DownloadException if it cannot be read
   */
  public static DatasetCatalogue of(Path file) {
    try {
      return new DatasetCatalogue(read(Files.readAllBytes(file)));
    } catch (JacksonException e) {
      throw new DownloadException(
          "%s is no catalogue of data sets: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new DownloadException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static List<Dataset> read(byte[] json) throws IOException {
    return new ObjectMapper().readValue(json, new TypeReference<List<Dataset>>() {});
  }

  /** All of them. */
  public List<Dataset> datasets() {
    return datasets;
  }

  /**
   * The one with a name.
   *
   * @throws DownloadException if there is none
   */
  public Dataset find(String name) {
    return datasets.stream()
        .filter(dataset -> dataset.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new DownloadException(
                    "there is no data set '%s'; there are %s"
                        .formatted(name, datasets.stream().map(Dataset::name).toList())));
  }
}
