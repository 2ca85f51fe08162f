/** Words: files of word vectors, stop words, and in how many documents a word is. */
package io.sentencestreams.model.words;
