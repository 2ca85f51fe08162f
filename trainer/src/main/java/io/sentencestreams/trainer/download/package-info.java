/** Public data sets, fetched from where they are published. */
package io.sentencestreams.trainer.download;
