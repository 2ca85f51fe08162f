package io.sentencestreams.schemas.releases;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;

/** The keys of a bucket of releases, which the stream and the retraining service have in common. */
public final class ReleaseStoreKeys {
  /** {@value}: a service other than Amazon's. */
  public static final String S3_ENDPOINT = "releases.s3.endpoint";

  /** {@value}: region of the bucket. */
  public static final String S3_REGION = "releases.s3.region";

  /** {@value}: how the bucket is named in a request. */
  public static final String S3_PATH_STYLE = "releases.s3.path.style";

  private ReleaseStoreKeys() {}

  /**
   * Adds them to a definition.
   *
   * @return the definition given
   */
  public static ConfigDef define(ConfigDef definition) {
    return definition
        .define(
            S3_ENDPOINT,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Address of the service where releases.folder is a bucket and not Amazon's.")
        .define(
            S3_REGION,
            ConfigDef.Type.STRING,
            null,
            Importance.LOW,
            "Region of the bucket; without it what AWS_REGION or the profile says.")
        .define(
            S3_PATH_STYLE,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.LOW,
            "Whether a bucket at releases.s3.endpoint is named in the path, as most services want"
                + " it, or in the host's name.");
  }
}
