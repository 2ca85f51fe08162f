/** Small programs that show one thing each; each says how it is started. */
package io.sentencestreams.examples;
