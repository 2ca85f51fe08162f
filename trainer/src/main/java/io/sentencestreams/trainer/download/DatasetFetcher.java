package io.sentencestreams.trainer.download;

import io.sentencestreams.model.download.DownloadException;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.download.Source;
import io.sentencestreams.model.internal.FileTrees;
import io.sentencestreams.trainer.download.DatasetCatalogue.Dataset;
import io.sentencestreams.trainer.download.DatasetCatalogue.RemoteFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/** Brings data sets into a folder: their files, or what is in them if they are archives. */
public final class DatasetFetcher {
  /** More is no data set for this machine, but an archive made to fill its disk. */
  private static final long MOST_UNPACKED = 64L << 30;

  private static final String ARCHIVE = ".zip";

  private final Downloader downloader;
  private final Path folder;

  /**
   * A fetcher into a folder.
   *
   * @param folder has, or gets, one folder for each data set
   */
  public DatasetFetcher(Path folder) {
    this(folder, new Downloader());
  }

  DatasetFetcher(Path folder, Downloader downloader) {
    this.folder = folder;
    this.downloader = downloader;
  }

  /** Hears how a download goes. */
  @FunctionalInterface
  public interface Progress {
    /** So many bytes of a file are there. */
    void received(String file, long bytes);
  }

  /**
   * What was fetched.
   *
   * @param files in the data set's folder, sorted
   * @param checksums SHA-256 of each file as it was published, by its name; those that were there
   *     before are not in it
   */
  public record Result(Path directory, List<Path> files, Map<String, String> checksums) {
    /** Copies the lists. */
    public Result {
      files = List.copyOf(files);
      checksums = Map.copyOf(checksums);
    }
  }

  /**
   * Fetches a data set. Files that are there already are left alone.
   *
   * @throws DownloadException if a file cannot be fetched, is not what it should be, or cannot be
   *     unpacked
   */
  public Result fetch(Dataset dataset, Progress progress) {
    Path target = folder.resolve(dataset.name());
    Map<String, String> checksums = new TreeMap<>();
    try {
      Files.createDirectories(target);
      for (RemoteFile file : dataset.files()) {
        boolean archive = file.name().toLowerCase(Locale.ROOT).endsWith(ARCHIVE);
        Path done = archive ? target.resolve(stem(file.name())) : target.resolve(file.name());
        if (Files.notExists(done)) {
          Path download = target.resolve(file.name());
          // An archive that is there was put there by hand.
          if (!archive || Files.notExists(download)) {
            checksums.put(file.name(), download(file, download, progress));
          }
          if (archive) {
            unpack(download, done);
            Files.delete(download);
          }
        }
      }
      return new Result(target, files(target), checksums);
    } catch (IOException e) {
      throw new DownloadException("cannot write the data set %s: %s".formatted(target, e), e);
    }
  }

  private String download(RemoteFile file, Path target, Progress progress) {
    Source source = new Source(file.url(), Optional.ofNullable(file.sha256()));
    try {
      return downloader.fetch(source, target, bytes -> progress.received(file.name(), bytes));
    } catch (DownloadException e) {
      if (e.getCause() instanceof IOException) {
        throw new DownloadException(
            "%s. Without a network, fetch it elsewhere and put it at %s"
                .formatted(e.getMessage(), target),
            e);
      }
      throw e;
    }
  }

  private static String stem(String name) {
    return name.substring(0, name.length() - ARCHIVE.length());
  }

  private static List<Path> files(Path target) throws IOException {
    try (Stream<Path> walk = Files.walk(target)) {
      return walk.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** All or nothing: a folder that is there is whole. */
  private static void unpack(Path archive, Path target) throws IOException {
    Path staging = target.resolveSibling("." + target.getFileName() + ".tmp");
    FileTrees.delete(staging);
    Files.createDirectories(staging);
    try {
      List<Path> made = new ArrayList<>();
      long size = 0;
      try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(archive))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          Path file = staging.resolve(entry.getName()).normalize();
          if (!file.startsWith(staging) || file.equals(staging)) {
            throw new DownloadException(
                "%s has an entry outside of its folder: %s".formatted(archive, entry.getName()));
          }
          if (entry.isDirectory()) {
            Files.createDirectories(file);
          } else {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            size += copy(zip, file, MOST_UNPACKED - size);
            made.add(file);
          }
        }
      } catch (ZipException | EOFException e) {
        throw new DownloadException(
            "%s is no archive that can be unpacked: %s".formatted(archive, e.getMessage()), e);
      }
      if (made.isEmpty()) {
        throw new DownloadException(
            "%s is no archive, or an empty one; delete it and fetch it again".formatted(archive));
      }
      FileTrees.force(staging);
      // An archive whose one entry is a folder of its own name gives that folder.
      Path inner = staging.resolve(Objects.requireNonNull(target.getFileName()));
      boolean wrapped = made.stream().allMatch(file -> file.startsWith(inner));
      Files.move(wrapped ? inner : staging, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTrees.delete(staging);
    }
  }

  private static long copy(InputStream in, Path file, long most) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      long size = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        size += n;
        if (size > most) {
          throw new DownloadException(
              "the archive unpacks to more than %d bytes; it was left as it is"
                  .formatted(MOST_UNPACKED));
        }
        out.write(buffer, 0, n);
      }
      return size;
    }
  }
}
