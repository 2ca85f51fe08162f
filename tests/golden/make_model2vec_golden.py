"""Makes golden files of model2vec's own folders: tables with shared rows and weights, and the embeddings of the reference.

    pip install sentence-transformers==6.2.0 model2vec==0.10.0
    python tests/golden/make_model2vec_golden.py model/src/test/resources/golden/modules

model2vec writes the folder, Sentence Transformers reads it. One is without `modules.json`, as model2vec's first versions
wrote it.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
from make_golden import TEXTS, tokenizer
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer

ROWS, DIMENSION = 40, 12


def models(words):
    """Names of models, and what they are made of."""
    random = np.random.default_rng(7)
    size = words.get_vocab_size()
    table = random.normal(size=(ROWS, DIMENSION)).astype(np.float32)
    whole = random.normal(size=(size, DIMENSION)).astype(np.float32)
    shared = dict(token_mapping=random.integers(0, ROWS, size), weights=random.uniform(0.1, 2, size))
    return {
        "model2vec": dict(vectors=table, normalize=True, **shared),
        "model2vec_half": dict(vectors=table.astype(np.float16), **shared),
        "model2vec_bytes": dict(
            vectors=np.clip(np.rint(whole * 40), -127, 127).astype(np.int8), weights=random.uniform(0.1, 2, size)
        ),
        "model2vec_plain": dict(vectors=whole, normalize=True),
    }


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    words = tokenizer()._tokenizer
    for name, parts in models(words).items():
        folder = root / name
        shutil.rmtree(folder, ignore_errors=True)
        config = {"model_type": "model2vec", "architectures": ["StaticModel"], "hidden_dim": DIMENSION}
        StaticModel(tokenizer=words, config=config, **parts).save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        model = SentenceTransformer(str(folder), device="cpu")
        rows = [[round(x, 7) for x in model.encode([text])[0].tolist()] for text in TEXTS]
        (folder / "expected.json").write_text(json.dumps({"texts": TEXTS, "embeddings": rows}) + "\n")
        if name == "model2vec_plain":
            (folder / "modules.json").unlink()


if __name__ == "__main__":
    main()
