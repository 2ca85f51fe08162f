"""Clusters labelled embeddings with River's online methods and scikit-learn's offline ones.

Online methods are judged test-then-train: a record's cluster is predicted before it is learned
from; before anything was learned it is 0. For each online method the best of a small grid, by
V-measure on the labels themselves, is reported, which favours the peer. Offline methods are given
the true number of classes. Prints one JSON object a line. Needs numpy, river and scikit-learn.
"""

import argparse
import itertools
import json
import sys
import time

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import (
    adjusted_rand_score,
    completeness_score,
    homogeneity_score,
    normalized_mutual_info_score,
    v_measure_score,
)

GRIDS = {
    # Distances are Euclidean between unit vectors: 2 - 2 cos under the root.
    "DBSTREAM": {
        "clustering_threshold": [0.7, 0.9, 1.05],
        "fading_factor": [0.0001],
        "intersection_factor": [0.1, 0.3],
        "minimum_weight": [1.0, 3.0],
        "cleanup_interval": [100],
    },
    "DenStream": {
        "epsilon": [0.6, 0.8, 1.0],
        "beta": [0.75],
        "mu": [2.0, 4.0],
        "decaying_factor": [0.0001],
        "n_samples_init": [500],
    },
    "TextClust": {
        "radius": [0.3, 0.6, 0.8],
        "fading_factor": [0.0001],
        "num_macro": [None],  # the true number of classes
        "tgap": [100],
        "micro_distance": ["tfidf_cosine_distance"],
        "macro_distance": ["tfidf_cosine_distance"],
    },
}


def scores(method, truth, predicted, seconds, **more):
    return {
        "method": method,
        "vMeasure": v_measure_score(truth, predicted),
        "homogeneity": homogeneity_score(truth, predicted),
        "completeness": completeness_score(truth, predicted),
        "adjustedRandIndex": adjusted_rand_score(truth, predicted),
        "normalizedMutualInformation": normalized_mutual_info_score(truth, predicted),
        "microsecondsPerRecord": 1e6 * seconds / len(truth),
        **more,
    }


def online(method, settings, rows, texts, classes):
    from river import cluster, feature_extraction

    if method == "TextClust":
        settings = dict(settings, num_macro=classes)
        words = feature_extraction.BagOfWords(lowercase=True)
        records = [words.transform_one(text) for text in texts]
    else:
        records = [dict(enumerate(map(float, row))) for row in rows]
    model = getattr(cluster, method)(**settings)
    predicted = []
    begin = time.perf_counter()
    for i, record in enumerate(records):
        try:
            label = model.predict_one(record) if i else 0
        except (KeyError, IndexError, ValueError, AttributeError):
            label = 0  # nothing to predict from yet
        predicted.append(0 if label is None else int(label))
        if method == "TextClust":
            model.learn_one(record, t=i)  # it has no clock of its own
        else:
            model.learn_one(record)
    return predicted, time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embeddings", help="rows of little-endian float32")
    parser.add_argument("labels", help="the class of each row, a line each")
    parser.add_argument("--texts", help="the text of each row, a line each; TextClust needs it")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="default: the file's order")
    parser.add_argument("--limit", type=int, help="only so many records, after shuffling")
    parser.add_argument("--tune", type=int, default=2000, help="records on which the grid is run")
    parser.add_argument(
        "--methods",
        default="kmeans,agglomerative,DBSTREAM,DenStream,TextClust",
        help="comma-separated; default: %(default)s",
    )
    arguments = parser.parse_args()
    rows = np.fromfile(arguments.embeddings, "<f4").reshape(-1, arguments.dimension)
    with open(arguments.labels, encoding="utf-8") as file:
        truth = np.array([line.strip() for line in file])
    texts = None
    if arguments.texts:
        with open(arguments.texts, encoding="utf-8") as file:
            texts = file.read().splitlines()
    if len(rows) != len(truth) or (texts is not None and len(texts) != len(truth)):
        sys.exit("embeddings, labels and texts differ in their number of rows")
    order = np.arange(len(rows))
    if arguments.shuffle is not None:
        order = np.random.default_rng(arguments.shuffle).permutation(len(rows))
    order = order[: arguments.limit]
    rows, truth = rows[order], truth[order]
    texts = None if texts is None else [texts[i] for i in order]
    classes = len(set(truth))
    for method in arguments.methods.split(","):
        begin = time.perf_counter()
        if method == "kmeans":
            labels = KMeans(classes, n_init=4, random_state=0).fit_predict(rows)
            result = scores(method, truth, labels, time.perf_counter() - begin, k=classes)
        elif method == "agglomerative":
            labels = AgglomerativeClustering(classes).fit_predict(rows)
            result = scores(method, truth, labels, time.perf_counter() - begin, k=classes)
        elif method == "TextClust" and texts is None:
            continue
        else:
            grid = GRIDS[method]
            best, best_score = None, -1.0
            part = slice(0, arguments.tune)
            for values in itertools.product(*grid.values()):
                settings = dict(zip(grid, values))
                labels, _ = online(
                    method, settings, rows[part], None if texts is None else texts[part], classes
                )
                score = v_measure_score(truth[part], labels)
                if score > best_score:
                    best, best_score = settings, score
            labels, seconds = online(method, best, rows, texts, classes)
            result = scores(
                method, truth, labels, seconds, settings=best, clusters=len(set(labels))
            )
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
