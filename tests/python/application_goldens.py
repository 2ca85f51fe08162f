"""Makes the golden file of the applications: what the reference and scikit-learn find in fixed embeddings.

    pip install torch==2.7.1 sentence-transformers==6.2.0 scikit-learn
    python tests/python/application_goldens.py
"""

import json
import pathlib

import numpy as np
import torch
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.util import mine_hard_negatives
from sklearn.cluster import AgglomerativeClustering

FILE = pathlib.Path(__file__).parents[2] / "model/src/test/resources/golden/applications.json"
ROWS, DIMENSION, GROUPS = 90, 8, 6


class Fixed(SentenceTransformer):
    """A model whose embedding of the text "i" is row i."""

    def __init__(self, embeddings):
        super().__init__(modules=[torch.nn.Identity()], device="cpu")
        self.embeddings = embeddings

    def encode(self, texts, **_):
        return self.embeddings[[int(text) for text in texts]]

    encode_query = encode_document = encode


def first_seen(labels):
    numbers = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels.tolist()]


def main():
    rng = np.random.default_rng(11)
    centres = rng.normal(size=(GROUPS, DIMENSION))
    rows = centres[rng.integers(0, GROUPS, ROWS)] + 0.45 * rng.normal(size=(ROWS, DIMENSION))
    rows = rows.astype(np.float32)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    golden = {"embeddings": rows.tolist(), "agglomerative": {}, "at": {}}
    for linkage in ("ward", "average", "complete", "single"):
        metric = "euclidean" if linkage == "ward" else "cosine"
        cut = AgglomerativeClustering(n_clusters=GROUPS, linkage=linkage, metric=metric).fit(unit)
        golden["agglomerative"][linkage] = first_seen(cut.labels_)
        distance = {"ward": 1.5, "average": 0.3, "complete": 0.5, "single": 0.08}[linkage]
        at = AgglomerativeClustering(n_clusters=None, distance_threshold=distance, linkage=linkage, metric=metric)
        golden["at"][linkage] = {"distance": distance, "labels": first_seen(at.fit(unit).labels_)}
    tensor = torch.from_numpy(rows)
    golden["communities"] = util.community_detection(tensor, threshold=0.9, min_community_size=3)
    golden["paraphrases"] = util.paraphrase_mining_embeddings(tensor, top_k=4, max_pairs=60)
    golden["negatives"] = negatives(tensor)
    FILE.write_text(json.dumps(golden) + "\n")


def negatives(tensor):
    from datasets import Dataset

    pairs = [(i, i + 30) for i in range(30)]
    data = Dataset.from_dict({"query": [str(a) for a, _ in pairs], "answer": [str(b) for _, b in pairs]})
    cases = {
        "plain": {"num_negatives": 3},
        "bounded": {"num_negatives": 2, "range_min": 2, "range_max": 20, "max_score": 0.8, "min_score": -0.2},
        "margins": {"num_negatives": 2, "relative_margin": 0.1, "absolute_margin": 0.05},
    }
    corpus = [str(i) for i in range(ROWS)]
    found = {}
    for name, options in cases.items():
        mined = mine_hard_negatives(data, Fixed(tensor), corpus=corpus, verbose=False, output_format="triplet", **options)
        by_query = {}
        for row in mined:
            by_query.setdefault(int(row["query"]), []).append(int(row["negative"]))
        found[name] = {str(query): rows for query, rows in by_query.items()}
    return found


if __name__ == "__main__":
    main()
