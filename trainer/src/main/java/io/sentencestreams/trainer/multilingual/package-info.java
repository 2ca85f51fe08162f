/** Models for further languages, by distillation (Reimers and Gurevych 2020, arXiv 2004.09813). */
package io.sentencestreams.trainer.multilingual;
