#!/usr/bin/env python3
"""Sliding windows of vectors in FAISS, hnswlib and plain matrix products: the peers of
`sentence-streams benchmark window --vectors FILE`, on the same file in the same order.

Every record is searched for among the records of the window before it, then added, and what is
older than the window goes. Records come in batches, since a call for each would measure Python; a
batch is searched before it is added, so pairs within a batch are in nobody's truth. The truth is the
fp32 cosine; pairs within 1e-3 of the threshold are counted apart. One thread. Time is that of the
processor (so a busy machine disturbs it less), and the wall clock's beside it. A contender whose time
is up is measured on the window that it has filled by then.

    pip install faiss-cpu hnswlib
    OMP_NUM_THREADS=1 window_peers.py --vectors FILE.f32 --window 100000 --peers faiss-ivf hnswlib

Prints one JSON object a line.

  brute        a matrix product of each batch with the window
  faiss-ivf    IndexIVFFlat, lists trained on the first vectors, a slice removed at a time
  faiss-hnsw   IndexHNSWFlat for each of four slices of the window, since it cannot remove: dropped whole
  hnswlib      deleted vectors are marked and their places used again
"""

import argparse
import json
import sys
import time

import numpy as np

BAND = 1e-3
CANDIDATES = 32  # neighbours asked of a peer that searches for the k nearest


class Brute:
    """The window's vectors in a ring, each batch multiplied with all of them."""

    def __init__(self, dimension, window, _):
        self.ring = np.zeros((window, dimension), dtype=np.float32)
        self.ids = np.full(window, -1, dtype=np.int64)

    def add(self, first, vectors):
        places = np.arange(first, first + len(vectors)) % len(self.ring)
        self.ring[places] = vectors
        self.ids[places] = np.arange(first, first + len(vectors))

    def expire(self, _):
        """The ring overwrites what is old."""

    def search(self, vectors, threshold):
        rows, places = np.nonzero(vectors @ self.ring.T >= threshold)
        return rows, self.ids[places]


class FaissIvf:
    def __init__(self, dimension, window, options):
        import faiss

        self.lists = options.lists or max(16, int(np.sqrt(window)))
        self.index = faiss.IndexIVFFlat(
            faiss.IndexFlatIP(dimension), dimension, self.lists, faiss.METRIC_INNER_PRODUCT
        )
        self.index.nprobe = options.probes
        self.faiss = faiss
        self.slice = max(1, window // 32)
        self.expired = 0

    def train(self, vectors):
        self.index.train(np.ascontiguousarray(vectors[: 40 * self.lists]))

    def add(self, first, vectors):
        self.index.add_with_ids(vectors, np.arange(first, first + len(vectors)))

    def expire(self, before):
        if before - self.expired >= self.slice:
            self.index.remove_ids(self.faiss.IDSelectorRange(self.expired, before))
            self.expired = before

    def search(self, vectors, threshold):
        limits, _, ids = self.index.range_search(vectors, threshold)
        return np.repeat(np.arange(len(vectors)), np.diff(limits).astype(np.int64)), ids


class FaissHnsw:
    SLICES = 4

    def __init__(self, dimension, window, options):
        import faiss

        self.faiss = faiss
        self.dimension = dimension
        self.options = options
        self.slice = max(1, window // self.SLICES)
        self.slices = []

    def add(self, first, vectors):
        if not self.slices or self.slices[-1][1].ntotal >= self.slice:
            index = self.faiss.IndexHNSWFlat(
                self.dimension, self.options.links, self.faiss.METRIC_INNER_PRODUCT
            )
            index.hnsw.efConstruction = self.options.ef_construction
            index.hnsw.efSearch = self.options.ef_search
            self.slices.append((first, index))
        self.slices[-1][1].add(vectors)

    def expire(self, before):
        while self.slices and self.slices[0][0] + self.slices[0][1].ntotal <= before:
            self.slices.pop(0)

    def search(self, vectors, threshold):
        rows, found = [], []
        for first, index in self.slices:
            similarities, ids = index.search(vectors, CANDIDATES)
            row, rank = np.nonzero((similarities >= threshold) & (ids >= 0))
            rows.append(row)
            found.append(ids[row, rank] + first)
        if not rows:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate(rows), np.concatenate(found)


class Hnswlib:
    def __init__(self, dimension, window, options):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=dimension)
        self.index.init_index(
            max_elements=window + 2 * options.batch,
            ef_construction=options.ef_construction,
            M=options.links,
            allow_replace_deleted=True,
        )
        self.index.set_num_threads(1)
        self.index.set_ef(options.ef_search)
        self.expired = 0

    def add(self, first, vectors):
        ids = np.arange(first, first + len(vectors))
        self.index.add_items(vectors, ids, num_threads=1, replace_deleted=self.expired > 0)

    def expire(self, before):
        for id_ in range(self.expired, before):
            self.index.mark_deleted(id_)
        self.expired = max(self.expired, before)

    def search(self, vectors, threshold):
        k = min(CANDIDATES, self.index.get_current_count() - self.expired)
        if k < 1:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        ids, distances = self.index.knn_query(vectors, k=k, num_threads=1)
        row, rank = np.nonzero(1 - distances >= threshold)
        return row, ids[row, rank].astype(np.int64)


PEERS = {"brute": Brute, "faiss-ivf": FaissIvf, "faiss-hnsw": FaissHnsw, "hnswlib": Hnswlib}


def unit(vectors):
    vectors = np.array(vectors, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def truth_of(vectors, first, queries, least, window):
    """For each row of the batch the ids and similarities of what it should find."""
    begin = max(0, first - window)
    pairs = []
    for block in range(begin, first, 50000):
        base = unit(vectors[block : min(first, block + 50000)])
        similarities = queries @ base.T
        rows, columns = np.nonzero(similarities >= least)
        pairs.append((rows, columns + block, similarities[rows, columns]))
    rows, ids, similarities = (np.concatenate(part) for part in zip(*pairs))
    within = ids >= first + rows - window
    return rows[within], ids[within], similarities[within]


def run(name, vectors, options):
    window, batch, threshold = options.window, options.batch, options.threshold
    dimension = vectors.shape[1]
    before = resident_bytes()
    peer = PEERS[name](dimension, window, options)
    train_seconds = 0.0
    if hasattr(peer, "train"):
        sample = unit(vectors[: min(window, len(vectors), 40 * peer.lists)])
        start = time.process_time()
        peer.train(sample)
        train_seconds = time.process_time() - start
    deadline = time.monotonic() + options.limit_seconds
    fill_start = time.process_time()
    at = 0
    while at < window and time.monotonic() < deadline:
        end = min(window, at + batch)
        peer.add(at, unit(vectors[at:end]))
        at = end
    fill_seconds = time.process_time() - fill_start
    filled = at
    resident = resident_bytes() - before
    # From here on the window slides: a window that was not filled in time stays as small as it is.
    stop = min(len(vectors), filled + options.slide)
    deadline = time.monotonic() + options.limit_seconds
    measured, cpu, wall = 0, 0.0, 0.0
    found_true = truths = false = band = 0
    truth_every = max(1, (stop - filled) // batch // options.truth_batches)
    number = 0
    while at < stop and time.monotonic() < deadline:
        end = min(stop, at + batch)
        queries = unit(vectors[at:end])
        start_cpu, start_wall = time.process_time(), time.perf_counter()
        peer.expire(max(0, at - filled))
        rows, ids = peer.search(queries, threshold)
        peer.add(at, queries)
        cpu += time.process_time() - start_cpu
        wall += time.perf_counter() - start_wall
        measured += end - at
        if number % truth_every == 0:
            got = set(zip(rows.tolist(), ids.tolist()))
            got = {(r, i) for r, i in got if i >= at + r - filled}
            true_rows, true_ids, similarities = truth_of(
                vectors, at, queries, threshold - BAND, filled
            )
            for row, id_, similarity in zip(true_rows, true_ids, similarities):
                hit = (int(row), int(id_)) in got
                got.discard((int(row), int(id_)))
                if abs(similarity - threshold) < BAND:
                    band += 1
                else:
                    truths += 1
                    found_true += hit
            false += len(got)
        number += 1
        at = end
    return {
        "contender": name,
        "window": filled,
        "windowWanted": window,
        "threshold": threshold,
        "records": measured,
        "recordsPerCpuSecond": measured / cpu if cpu else None,
        "recordsPerSecond": measured / wall if wall else None,
        "fillPerCpuSecond": filled / fill_seconds if fill_seconds else None,
        "trainCpuSeconds": train_seconds,
        "recall": found_true / truths if truths else None,
        "pairs": truths,
        "falsePairs": false,
        "pairsWithinBand": band,
        "residentBytesPerVector": resident / max(1, filled),
        "ofFloat16": resident / max(1, filled) / (2 * dimension),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vectors", required=True, help="little-endian float32 rows, row after row")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--window", type=int, default=10000, help="records that stay")
    parser.add_argument("--slide", type=int, default=10000, help="records after the window is full")
    parser.add_argument("--threshold", type=float, default=0.9, help="least cosine")
    parser.add_argument("--batch", type=int, default=100, help="records searched and added at once")
    parser.add_argument("--peers", nargs="+", choices=sorted(PEERS), default=sorted(PEERS))
    parser.add_argument("--lists", type=int, default=0, help="IVF: default the root of the window")
    parser.add_argument("--probes", type=int, default=8, help="IVF: lists visited")
    parser.add_argument("--links", type=int, default=16, help="HNSW: M")
    parser.add_argument("--ef-construction", type=int, default=100)
    parser.add_argument("--ef-search", type=int, default=64)
    parser.add_argument("--truth-batches", type=int, default=20, help="batches compared with the truth")
    parser.add_argument("--limit-seconds", type=float, default=600, help="for filling, and for sliding")
    options = parser.parse_args()
    vectors = np.memmap(options.vectors, dtype="<f4", mode="r").reshape(-1, options.dimension)
    if len(vectors) <= options.window:
        sys.exit(f"{options.vectors} has {len(vectors)} vectors: a window of {options.window} cannot slide")
    if "faiss-ivf" in options.peers or "faiss-hnsw" in options.peers:
        import faiss

        faiss.omp_set_num_threads(1)
    for name in options.peers:
        print(json.dumps(run(name, vectors, options)), flush=True)


if __name__ == "__main__":
    main()
