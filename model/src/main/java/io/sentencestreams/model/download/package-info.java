/** Files fetched over HTTP, in part where they were fetched in part before. */
package io.sentencestreams.model.download;
