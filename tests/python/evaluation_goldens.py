"""Makes the golden file of the evaluators: what the reference measures on fixed embeddings.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0 scikit-learn==1.9.1
    python tests/python/evaluation_goldens.py

Each case has the embeddings of its texts, what the evaluator is made of, and the metrics it returns.
"""

import json
import pathlib
from unittest import mock

import numpy as np
import torch
from sentence_transformers import util
from sentence_transformers.sentence_transformer import evaluation
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

FILE = pathlib.Path(__file__).parents[2] / "trainer/src/test/resources/golden/evaluation.json"
FUNCTIONS = ["cosine", "dot", "euclidean", "manhattan"]
EXACT = ["dot", "manhattan"]  # exact in any order of summation on whole numbers, so that ties are ties
DIMENSION = 6
SCORES = {"cosine": util.cos_sim, "dot": util.dot_score, "euclidean": util.euclidean_sim, "manhattan": util.manhattan_sim}
random = np.random.default_rng(5)


class Given:
    """Stands for a model: it knows the embedding of each text."""

    similarity_fn_name = "cosine"
    device = torch.device("cpu")

    def __init__(self, embeddings):
        self.embeddings = embeddings
        self.model_card_data = mock.Mock()

    def encode(self, texts, convert_to_numpy=True, convert_to_tensor=False, **_):
        rows = [torch.tensor(self.embeddings[text], dtype=torch.float32) for text in texts]
        if convert_to_tensor:
            return torch.stack(rows)
        return torch.stack(rows).numpy() if convert_to_numpy else rows

    encode_query = encode_document = encode


def vector(near=None, noise=0.8, whole=False):
    """A random embedding, near another one if it is given; of small whole numbers for ties."""
    if whole:
        return [int(x) for x in random.integers(-2, 3, DIMENSION)]
    base = 0 if near is None else np.array(near)
    return [round(float(x), 3) for x in base + random.normal(size=DIMENSION) * (1 if near is None else noise)]


def case(evaluator, variant, embeddings, data, result, primary):
    return {
        "name": evaluator + "_" + variant,
        "evaluator": evaluator,
        "embeddings": embeddings,
        "data": data,
        "metrics": {key: float(value) for key, value in result.items()},
        "primary": primary,
    }


def measured(evaluator, variant, embeddings, data, made):
    result = made(Given(embeddings))
    return case(evaluator, variant, embeddings, data, result, made.primary_metric)


def columns(count, width, noise, whole=False):
    """Rows of texts of which all columns are near the first one, and their embeddings."""
    embeddings, rows = {}, []
    for i in range(count):
        first = vector(whole=whole)
        rows.append([f"{column}{i}" for column in "abc"[:width]])
        for j, text in enumerate(rows[-1]):
            embeddings[text] = first if j == 0 else vector(first, noise, whole)
    return rows, embeddings


def similarity():
    for variant, functions in (("all", FUNCTIONS), ("cosine", ["cosine"])):
        rows, embeddings = columns(40, 2, 1.0)
        scores = [round(float(x) * 5, 1) for x in random.random(len(rows))]
        scores[3] = scores[4]
        first, second = map(list, zip(*rows))
        made = evaluation.EmbeddingSimilarityEvaluator(first, second, scores, similarity_fn_names=functions)
        data = {"first": first, "second": second, "labels": scores, "functions": functions}
        yield measured("similarity", variant, embeddings, data, made)


def binary():
    for variant, functions, whole in (("all", FUNCTIONS, False), ("ties", EXACT, True), ("cosine", ["cosine"], False)):
        rows, embeddings = columns(60, 2, 1.0, whole)
        labels = [int(x < 0.4) for x in random.random(len(rows))]
        for i, label in enumerate(labels):
            if label and not whole:
                embeddings[f"b{i}"] = vector(embeddings[f"a{i}"], 0.6)
        first, second = map(list, zip(*rows))
        made = evaluation.BinaryClassificationEvaluator(first, second, labels, similarity_fn_names=functions)
        data = {"first": first, "second": second, "labels": labels, "functions": functions}
        yield measured("binary", variant, embeddings, data, made)


def triplet():
    margins = {"cosine": 0.1, "euclidean": 0.3, "manhattan": 1.0}
    for variant, functions, margin in (("all", FUNCTIONS, {}), ("margins", FUNCTIONS, margins), ("dot", ["dot"], {})):
        rows, embeddings = columns(50, 3, 1.2)
        anchors, positives, negatives = map(list, zip(*rows))
        made = evaluation.TripletEvaluator(
            anchors, positives, negatives, similarity_fn_names=functions, margin=dict(margin)
        )
        data = {"anchors": anchors, "positives": positives, "negatives": negatives}
        yield measured("triplet", variant, embeddings, data | {"functions": functions, "margins": margin}, made)


def retrieval():
    cutoffs = {"accuracy": [1, 4], "precision_recall": [2, 7], "ndcg": [3, 200], "mrr": [1, 10], "map": [5, 100]}
    usual = {"accuracy": [1, 3, 5, 10], "precision_recall": [1, 3, 5, 10], "ndcg": [10], "mrr": [10], "map": [100]}
    for variant, functions, whole, at in (
        ("all", FUNCTIONS, False, usual),
        ("cutoffs", FUNCTIONS, False, cutoffs),
        ("ties", EXACT, True, cutoffs),
    ):
        queries = {f"q{i}": f"query {i}" for i in range(12)}
        corpus = {f"d{i}": f"document {i}" for i in random.permutation(80)}
        embeddings = {text: vector(whole=whole) for text in queries.values()}
        relevant = {}
        for i, query in enumerate(queries):
            chosen = random.choice(80, size=i % 5, replace=False)  # none for some queries
            relevant[query] = [f"d{j}" for j in chosen]
        relevant["q1"].append("missing")
        del relevant["q5"]
        near = {text: embeddings[queries[q]] for q, ids in relevant.items() for text in map(corpus.get, ids)}
        embeddings |= {text: vector(near.get(text), 1.0, whole) for text in corpus.values()}
        made = evaluation.InformationRetrievalEvaluator(
            queries,
            corpus,
            {query: set(ids) for query, ids in relevant.items()},
            corpus_chunk_size=33,
            mrr_at_k=at["mrr"],
            ndcg_at_k=at["ndcg"],
            accuracy_at_k=at["accuracy"],
            precision_recall_at_k=at["precision_recall"],
            map_at_k=at["map"],
            score_functions={name: SCORES[name] for name in functions},
        )
        data = {"queries": queries, "corpus": corpus, "relevant": relevant, "functions": sorted(functions)}
        yield measured("retrieval", variant, embeddings, data | {"cutoffs": at, "chunk": 33}, made)


def label_accuracy():
    torch.manual_seed(3)
    for variant, seen in (("default", (True, True, False)), ("all", (True, True, True)), ("product", (False, False, True))):
        rows, embeddings = columns(40, 2, 1.0)
        width = DIMENSION * (2 * seen[0] + seen[1] + seen[2])
        layer = torch.nn.Linear(width, 3)
        first, second = map(list, zip(*rows))
        u, v = (Given(embeddings).encode(texts, convert_to_tensor=True) for texts in (first, second))
        parts = [u, v] * seen[0] + [(u - v).abs()] * seen[1] + [u * v] * seen[2]
        logits = layer(torch.cat(parts, 1))
        labels = [int(x) if random.random() < 0.6 else int(random.integers(3)) for x in logits.argmax(1)]
        batches = [([{"given": torch.arange(i, i + 10)}], torch.tensor(labels[i : i + 10])) for i in range(0, 40, 10)]
        made = evaluation.LabelAccuracyEvaluator(
            mock.MagicMock(__iter__=lambda _: iter(batches)),
            softmax_model=lambda features, labels, logits=logits: (None, logits[features[0]["given"]]),
        )
        data = {"first": first, "second": second, "labels": labels, "features": seen}
        data |= {"weight": layer.weight.flatten().tolist(), "bias": layer.bias.tolist()}
        given = Given(embeddings)
        given.eval = given.smart_batching_collate = lambda: None
        yield case("label_accuracy", variant, embeddings, data, made(given), made.primary_metric)


def distillation():
    rows, embeddings = columns(30, 2, 0.3)
    sources, targets = map(list, zip(*rows))
    made = evaluation.MSEEvaluator(sources, targets, teacher_model=Given(embeddings))
    yield measured("mse", "two_languages", embeddings, {"sources": sources, "targets": targets}, made)
    made = evaluation.TranslationEvaluator(sources, targets)
    yield measured("translation", "near", embeddings, {"sources": sources, "targets": targets}, made)
    rows, embeddings = columns(50, 2, 1.3)
    sources, targets = map(list, zip(*rows))
    sources[7] = sources[8]
    targets[20] = targets[9]
    made = evaluation.TranslationEvaluator(sources, targets)
    yield measured("translation", "repeated", embeddings, {"sources": sources, "targets": targets}, made)


def mining():
    for variant, transitive, top_k, max_pairs in (
        ("all", False, 100, 500000),
        ("transitive", True, 100, 500000),
        ("few", False, 3, 40),
        ("transitive_few", True, 5, 60),
    ):
        sentences, embeddings, duplicates = {}, {}, []
        for group in range(14):
            first = vector()
            ids = [f"s{group}_{i}" for i in range(1 + group % 4)]
            for i in ids:
                sentences[i] = f"sentence {i}"
                embeddings[sentences[i]] = vector(first, 0.5)
            duplicates += [list(pair) for pair in zip(ids[1:], ids)]
        made = evaluation.ParaphraseMiningEvaluator(
            sentences,
            [tuple(pair) for pair in duplicates],
            add_transitive_closure=transitive,
            top_k=top_k,
            max_pairs=max_pairs,
            query_chunk_size=10,
            corpus_chunk_size=7,
        )
        data = {"sentences": sentences, "duplicates": duplicates, "transitive": transitive}
        yield measured("mining", variant, embeddings, data | {"top_k": top_k, "max_pairs": max_pairs}, made)


def reranking():
    for variant, function, k, whole in (
        ("cosine", "cosine", 10, False),
        ("euclidean", "euclidean", 3, False),
        ("ties", "dot", 4, True),
        ("ties_manhattan", "manhattan", 2, True),
    ):
        samples, embeddings = [], {}
        for i in range(15):
            query = f"query {i}"
            embeddings[query] = vector(whole=whole)
            positives = [f"positive {i} {j}" for j in range(i % 4)]  # none for some queries
            negatives = [f"negative {i} {j}" for j in range(i * 5 % 11)]
            embeddings |= {text: vector(embeddings[query], 1.2, whole) for text in positives}
            embeddings |= {text: vector(whole=whole) for text in negatives}
            samples.append({"query": query, "positive": positives, "negative": negatives})
        made = evaluation.RerankingEvaluator(samples, at_k=k, similarity_fct=SCORES[function])
        data = {"samples": samples, "k": k, "functions": [function]}
        yield measured("reranking", variant, embeddings, data, made)


def transfer():
    """As SentEval's split classifier: C is chosen on the validation set."""
    for variant, classes, width in (("two_classes", 2, 1), ("four_classes", 4, 1), ("pairs", 3, 2)):
        embeddings, parts = {}, []
        centers = [vector() for _ in range(classes)]
        for part, count in (("train", 90), ("validation", 40), ("test", 60)):
            examples = []
            for i in range(count):
                label = i % classes
                texts = [f"{part} {i} {column}" for column in range(width)]
                embeddings[texts[0]] = vector(centers[label], 1.3)
                for text in texts[1:]:
                    embeddings[text] = vector(embeddings[texts[0]], 0.3 + label)
                examples.append({"texts": texts, "label": label})
            parts.append(examples)
        features = []
        for examples in parts:
            u, *v = (np.array([embeddings[e["texts"][c]] for e in examples], dtype=np.float32) for c in range(width))
            features.append(np.concatenate([np.abs(u - v[0]), u * v[0]], 1) if v else u)
        labels = [[example["label"] for example in examples] for examples in parts]
        grid = [0.01, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]
        models = [
            LogisticRegression(C=c, tol=1e-10, max_iter=100000).fit(features[0].astype(np.float64), labels[0])
            for c in grid
        ]
        scores = [model.score(features[1], labels[1]) for model in models]
        best = int(np.argmax(scores))
        result = {"accuracy": models[best].score(features[2], labels[2])}
        result |= {"validation_accuracy": scores[best], "c": grid[best]}
        data = dict(zip(("train", "validation", "test"), parts)) | {"grid": grid, "classes": classes}
        data["probabilities"] = [model.predict_proba(features[2][:8]).tolist() for model in models]
        yield case("transfer", variant, embeddings, data, result, "accuracy")


def folded_transfer():
    """As SentEval's inner folds: C is chosen by cross-validation among the folds that are not the test set."""
    for variant, classes, folds in (("two_classes", 2, 5), ("three_classes", 3, 4)):
        embeddings, examples = {}, []
        centers = [vector() for _ in range(classes)]
        for i in range(83):
            label = int(random.integers(classes))
            embeddings[f"text {i}"] = vector(centers[label], 1.5)
            examples.append({"texts": [f"text {i}"], "label": label})
        x = np.array([embeddings[e["texts"][0]] for e in examples], dtype=np.float32).astype(np.float64)
        y = np.array([e["label"] for e in examples])
        grid = [0.01, 0.25, 1.0, 8.0]
        accuracies, validations = [], []
        for train, test in StratifiedKFold(folds).split(x, y):
            models = [LogisticRegression(C=c, tol=1e-10, max_iter=100000) for c in grid]
            scores = [cross_val_score(m, x[train], y[train], cv=StratifiedKFold(folds)).mean() for m in models]
            best = int(np.argmax(scores))
            validations.append(scores[best])
            accuracies.append(models[best].fit(x[train], y[train]).score(x[test], y[test]))
        result = {"accuracy": np.mean(accuracies), "validation_accuracy": np.mean(validations)}
        data = {"examples": examples, "folds": folds, "grid": grid}
        yield case("folded_transfer", variant, embeddings, data, result, "accuracy")


def main():
    cases = []
    for make in (similarity, binary, triplet, retrieval, label_accuracy, distillation, mining, reranking, transfer, folded_transfer):
        cases += make()
    FILE.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases) + "\n]\n")


if __name__ == "__main__":
    main()
