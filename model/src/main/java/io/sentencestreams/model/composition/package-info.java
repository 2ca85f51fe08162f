/** Models that are put together from modules. */
package io.sentencestreams.model.composition;
