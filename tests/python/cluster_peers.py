#!/usr/bin/env python3
"""Clusters of labelled texts by River's online methods and scikit-learn's offline ones: the peers of
`sentence-streams benchmark clusters --embeddings FILE`, on the same vectors in the same order.

Online methods are judged test-then-train: a record's cluster is predicted before it is learned from
(before anything was learned it is 0). Of each the whole grid below is run on the first tenth of the
stream, judged there by V-measure on the labels themselves, and the best setting goes over the whole
stream: that favours the peer, which is told in effect how many clusters there are. Offline methods are
told the number of classes; agglomerative clustering is Ward's, above 12,500 records on the graph of the
10 nearest neighbours, since all distances do not fit in memory. Times are of the processor. A method
whose time is up is judged on the records it has come to by then, and the number of them is given.

    pip install numpy==2.4.6 scikit-learn==1.9.1 river==0.26.1
    OMP_NUM_THREADS=1 cluster_peers.py --texts FILE --labels FILE --embeddings FILE.f32

Prints one JSON object a line.

  kmeans         the best of ten starts
  agglomerative  Ward linkage
  DBSTREAM, DenStream   on the vectors: distances are Euclidean between unit vectors, sqrt(2 - 2 cos)
  TextClust      on bags of words of the texts, English stop words left out
"""

import argparse
import itertools
import json
import sys
import time

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.metrics import (
    adjusted_rand_score,
    normalized_mutual_info_score,
    v_measure_score,
)
from sklearn.neighbors import kneighbors_graph

ALL_DISTANCES = 12_500  # records of which all distances are kept

GRIDS = {
    "DBSTREAM": {
        "clustering_threshold": [0.7, 0.8, 0.9, 1.0, 1.1],
        "fading_factor": [1e-5, 1e-3],
        "intersection_factor": [0.1, 0.3],
        "minimum_weight": [1.0, 3.0],
        "cleanup_interval": [100],
    },
    "DenStream": {
        "epsilon": [0.5, 0.6, 0.7, 0.8, 0.9],
        "beta": [0.5],
        "mu": [2.5, 5.0],
        "decaying_factor": [1e-5, 1e-3],
        "n_samples_init": [100],
        "stream_speed": [1],
    },
    "TextClust": {
        "radius": [0.3, 0.5, 0.7, 0.9],
        "auto_r": [False, True],
        "fading_factor": [1e-5, 1e-3],
        "tgap": [100],
        "real_time_fading": [False],
        "num_macro": [None],  # the true number of classes
        "type": ["micro", "macro"],  # what is predicted
    },
}


def scores(method, truth, predicted, seconds, **more):
    return {
        "method": method,
        "vMeasure": v_measure_score(truth, predicted),
        "adjustedRandIndex": adjusted_rand_score(truth, predicted),
        "normalizedMutualInformation": normalized_mutual_info_score(truth, predicted),
        "records": len(truth),
        "microsecondsPerRecord": 1e6 * seconds / len(truth),
        **more,
    }


def settings_of(method):
    grid = GRIDS[method]
    for values in itertools.product(*grid.values()):
        settings = dict(zip(grid, values))
        if not settings.get("auto_r") or settings["radius"] == grid["radius"][0]:
            yield settings  # a radius means nothing where it is found automatically


def online(method, settings, records, classes, limit):
    """Clusters of the records it comes to within the limit, and the seconds they took."""
    from river import cluster

    settings = dict(settings)
    kind = settings.pop("type", None)
    if method == "TextClust":
        settings["num_macro"] = classes
    model = getattr(cluster, method)(**settings)
    predicted = []
    begin = time.process_time()
    for i, record in enumerate(records):
        label = 0
        if i:
            try:
                label = model.predict_one(record, type=kind) if kind else model.predict_one(record)
            except (KeyError, IndexError, ValueError, AttributeError, TypeError) as e:
                if i > 200:  # that is not for want of records any more
                    print(f"{method} {settings}: record {i}: {e!r}", file=sys.stderr)
                    break
        predicted.append(-1 if label is None else int(label))
        try:
            model.learn_one(record)
        except (KeyError, IndexError, ValueError, ZeroDivisionError, OverflowError) as e:
            print(f"{method} {settings}: record {i}: {e!r}", file=sys.stderr)
            break
        if time.process_time() - begin > limit:
            break
    return predicted, time.process_time() - begin


def tuned(method, records, truth, classes, tune_limit, limit):
    part = len(truth) // 10
    best, best_score = None, -1.0
    for settings in settings_of(method):
        labels, _ = online(method, settings, records[:part], classes, tune_limit)
        # One that does not come to the end of the tenth in its time has no chance at the stream.
        score = v_measure_score(truth[: len(labels)], labels) * len(labels) / part
        if score > best_score:
            best, best_score = settings, score
    labels, seconds = online(method, best, records, classes, limit)
    return scores(
        method,
        truth[: len(labels)],
        labels,
        seconds,
        settings=best,
        clusters=len(set(labels)),
        vMeasureOnTheTenth=best_score,
    )


def bags(texts):
    from river import feature_extraction

    words = feature_extraction.BagOfWords(lowercase=True, stop_words=set(ENGLISH_STOP_WORDS))
    return [dict(words.transform_one(text)) for text in texts]


def ward(rows, classes):
    graph = None
    if len(rows) > ALL_DISTANCES:
        graph = kneighbors_graph(rows, 10, include_self=False)
        graph = graph.maximum(graph.T)
    return AgglomerativeClustering(classes, connectivity=graph).fit_predict(rows)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--embeddings", required=True, help="rows of little-endian float32")
    parser.add_argument("--labels", required=True, help="the class of each row, a line each")
    parser.add_argument("--texts", required=True, help="the text of each row, a line each")
    parser.add_argument("--order", help="row numbers in the order of the stream, a line each")
    parser.add_argument("--tune-seconds", type=float, default=60, help="for a setting on the tenth")
    parser.add_argument("--seconds", type=float, default=1200, help="for the whole stream")
    parser.add_argument(
        "--methods",
        nargs="+",
        default=["kmeans", "agglomerative", "DBSTREAM", "DenStream", "TextClust"],
    )
    arguments = parser.parse_args()
    with open(arguments.labels, encoding="utf-8") as file:
        truth = np.array([line.strip() for line in file])
    with open(arguments.texts, encoding="utf-8") as file:
        texts = file.read().split("\n")[: len(truth)]
    rows = np.fromfile(arguments.embeddings, "<f4").reshape(len(truth), -1)
    if len(texts) != len(truth):
        sys.exit("labels and texts differ in their number of lines")
    if arguments.order:
        order = np.loadtxt(arguments.order, dtype=np.int64)
        rows, truth, texts = rows[order], truth[order], [texts[i] for i in order]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    classes = len(set(truth))
    for method in arguments.methods:
        begin = time.process_time()
        if method == "kmeans":
            labels = KMeans(classes, n_init=10, random_state=0).fit_predict(rows)
            result = scores(method, truth, labels, time.process_time() - begin, k=classes)
        elif method == "agglomerative":
            labels = ward(rows, classes)
            result = scores(method, truth, labels, time.process_time() - begin, k=classes)
        else:
            records = bags(texts) if method == "TextClust" else [dict(enumerate(map(float, r))) for r in rows]
            result = tuned(
                method, records, truth, classes, arguments.tune_seconds, arguments.seconds
            )
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
