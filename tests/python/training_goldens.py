"""Makes the golden files of training: what the reference's losses, gradients and optimizer give.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0
    python tests/python/training_goldens.py

Reads the models under model/src/test/resources/golden, which tests/golden/make_golden.py makes.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.sentence_transformer import losses
from torch import nn
from transformers.optimization import get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

ROOT = pathlib.Path(__file__).parents[2]
MODELS = ROOT / "model/src/test/resources/golden"
TRAINER = ROOT / "trainer/src/test/resources/golden"
ENCODERS = ["mean", "cls", "max_relu", "all_gelu_new", "roberta"]
DIMENSION = 8
DECAY = 5.0  # so large that weights without it are far outside any tolerance
TRIPLET = losses.TripletDistanceMetric
SIAMESE = losses.SiameseDistanceMetric
BATCH = losses.BatchHardTripletLossDistanceFunction
PAIRS = [
    ("The cat sits on a mat.", "a cat on the mat", 0.9),
    ("two red dogs", "kafka streams of text", 0.1),
    ("the stream is fast", "the topic is slow", 0.4),
    ("a dog", "two dogs, three cats", 0.6),
]


def base_name(name: str) -> str:
    """The parameter's name in the transformer."""
    for prefix in ("0.auto_model.", "0.model."):
        name = name.removeprefix(prefix)
    return name


def embed(model, texts):
    features = model.preprocess(texts)
    return model({key: value for key, value in features.items() if torch.is_tensor(value)})["sentence_embedding"]


def encoder_gradients(name: str) -> None:
    """Gradients of sum(embeddings * directions) with respect to every parameter."""
    torch.manual_seed(7)
    model = SentenceTransformer(str(MODELS / name), device="cpu").eval()
    texts = [text for text in json.loads((MODELS / name / "expected.json").read_text())["texts"] if text.strip()]
    embeddings = embed(model, texts)
    directions = torch.randn_like(embeddings)
    (embeddings * directions).sum().backward()
    tensors = {
        base_name(key): parameter.grad.contiguous()
        for key, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    tensors["directions"] = directions
    save_file(tensors, MODELS / "training" / f"{name}.safetensors")


class Given(nn.Module):
    """Stands for a model: its embeddings are its input."""

    device = torch.device("cpu")

    def forward(self, features):
        return {"sentence_embedding": features["given"]}

    def get_embedding_dimension(self):
        return DIMENSION


def rounded(tensor):
    return [[round(x, 7) for x in row] for row in tensor.tolist()] if tensor.dim() == 2 else tensor.tolist()


def loss_case(name, loss, columns, labels, rows=6, same=()):
    """One loss on random embeddings; rows that `same` pairs up are equal across the first two columns."""
    given = [torch.randn(rows, DIMENSION) for _ in range(columns)]
    for row in same:
        given[1][row] = given[0][row]
    for tensor in given:
        tensor.requires_grad_()
    labels = torch.tensor(labels) if isinstance(labels, list) else labels
    value = loss([{"given": tensor} for tensor in given], labels)
    value.backward()
    case = {
        "name": name,
        "embeddings": [tensor.detach().tolist() for tensor in given],
        "labels": labels.reshape(rows, -1).tolist() if labels is not None else [],
        "loss": value.item(),
        "gradients": [tensor.grad.tolist() for tensor in given],
    }
    if isinstance(loss, losses.SoftmaxLoss):
        layer = loss.classifier
        case["parameters"] = {"weight": layer.weight.tolist(), "bias": layer.bias.tolist()}
        case["parameter_gradients"] = {"weight": layer.weight.grad.tolist(), "bias": layer.bias.grad.tolist()}
    return case


def loss_goldens() -> None:
    torch.manual_seed(11)
    model = Given()
    scores = [0.1, 0.9, 0.5, 0.5, 0.0, 1.0]
    classes = [0, 2, 1, 1, 0, 2]
    binary = [1, 0, 1, 0, 0, 1]
    groups = [3, 3, 5, 5, 3, 9]
    ranking = losses.MultipleNegativesRankingLoss
    cases = [
        loss_case("softmax", losses.SoftmaxLoss(model, DIMENSION, 3), 2, classes),
        loss_case("softmax_product", losses.SoftmaxLoss(model, DIMENSION, 3, True, True, True), 2, classes),
        loss_case("softmax_difference", losses.SoftmaxLoss(model, DIMENSION, 3, False, True, False), 2, classes),
        loss_case("cosine_similarity", losses.CosineSimilarityLoss(model), 2, scores, same=[1]),
        loss_case("cosent", losses.CoSENTLoss(model), 2, scores, same=[0]),
        loss_case("triplet_euclidean", losses.TripletLoss(model), 3, None, same=[2]),
        loss_case("triplet_manhattan", losses.TripletLoss(model, TRIPLET.MANHATTAN, 2.0), 3, None, same=[2]),
        loss_case("triplet_cosine", losses.TripletLoss(model, TRIPLET.COSINE, 0.5), 3, None, same=[2]),
        loss_case("mse", losses.MSELoss(model), 1, torch.randn(6, DIMENSION)),
        loss_case("mse_two", losses.MSELoss(model), 2, torch.randn(6, DIMENSION)),
        loss_case("contrastive_cosine", losses.ContrastiveLoss(model), 2, binary, same=[1]),
        loss_case("contrastive_euclidean", losses.ContrastiveLoss(model, SIAMESE.EUCLIDEAN, 4.0), 2, binary, same=[1]),
        loss_case("contrastive_manhattan", losses.ContrastiveLoss(model, SIAMESE.MANHATTAN, 9.0), 2, binary),
        loss_case("contrastive_sum", losses.ContrastiveLoss(model, margin=0.9, size_average=False), 2, binary),
        loss_case("online_contrastive", losses.OnlineContrastiveLoss(model, margin=1.1), 2, binary),
        loss_case("online_contrastive_one_near", losses.OnlineContrastiveLoss(model, margin=1.1), 2, [1, 0, 0, 0, 0, 0]),
        loss_case("online_contrastive_one_far", losses.OnlineContrastiveLoss(model, margin=1.1), 2, [0, 1, 1, 1, 1, 1]),
        loss_case("ranking_cosine", ranking(model), 2, None),
        loss_case("ranking_hard_negatives", ranking(model), 4, None),
        loss_case("ranking_dot", ranking(model, scale=1.0, similarity_fct=util.dot_score), 3, None),
        loss_case("matryoshka_ranking", losses.MatryoshkaLoss(model, ranking(model), [8, 4, 2], [1, 0.5, 2]), 3, None),
        loss_case("matryoshka_cosent", losses.MatryoshkaLoss(model, losses.CoSENTLoss(model), [8, 3]), 2, scores),
    ]
    for name, distance, margin in (("euclidean", BATCH.euclidean_distance, 5.0), ("cosine", BATCH.cosine_distance, 0.3)):
        cases += [
            loss_case(f"batch_hard_{name}", losses.BatchHardTripletLoss(model, distance, margin), 1, groups),
            loss_case(f"batch_hard_soft_margin_{name}", losses.BatchHardSoftMarginTripletLoss(model, distance), 1, groups),
            loss_case(f"batch_semi_hard_{name}", losses.BatchSemiHardTripletLoss(model, distance, margin), 1, groups),
            loss_case(f"batch_all_{name}", losses.BatchAllTripletLoss(model, distance, margin), 1, groups),
        ]
    (TRAINER / "losses.json").write_text(json.dumps(cases) + "\n")


def no_decay(name: str) -> bool:
    return name.endswith("bias") or "LayerNorm" in name


def training_steps() -> None:
    """Three steps of AdamW with warm-up, decay and clipping on a tiny model, without dropout."""
    model = SentenceTransformer(str(MODELS / "mean"), device="cpu").eval()
    loss = losses.CoSENTLoss(model)
    parameters = [(base_name(key), value) for key, value in model.named_parameters() if "pooler" not in key]
    optimizer = torch.optim.AdamW(
        [
            {"params": [value for name, value in parameters if not no_decay(name)], "weight_decay": DECAY},
            {"params": [value for name, value in parameters if no_decay(name)], "weight_decay": 0.0},
        ],
        lr=2e-3,
    )
    schedule = get_linear_schedule_with_warmup(optimizer, num_warmup_steps=2, num_training_steps=5)
    tensors = {}
    values = []
    for step in range(3):
        optimizer.zero_grad()
        columns = [embed(model, [pair[column] for pair in PAIRS]) for column in (0, 1)]
        value = loss.compute_loss_from_embeddings(columns, torch.tensor([pair[2] for pair in PAIRS]))
        value.backward()
        if step == 0:
            tensors |= {f"gradient.{name}": tensor.grad.clone() for name, tensor in parameters}
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        values.append([value.item(), norm.item(), schedule.get_last_lr()[0]])
        optimizer.step()
        schedule.step()
    tensors |= {f"weight.{name}": tensor.detach().clone() for name, tensor in parameters}
    save_file(tensors, TRAINER / "three_steps.safetensors")
    cosine_optimizer = torch.optim.AdamW(model.parameters(), lr=1.0)
    cosine = get_cosine_schedule_with_warmup(cosine_optimizer, num_warmup_steps=2, num_training_steps=8)
    rates = []
    for _ in range(8):
        rates.append(cosine.get_last_lr()[0])
        cosine_optimizer.step()
        cosine.step()
    (TRAINER / "three_steps.json").write_text(json.dumps({"pairs": PAIRS, "steps": values, "cosine": rates}) + "\n")


def main() -> None:
    TRAINER.mkdir(parents=True, exist_ok=True)
    (MODELS / "training").mkdir(exist_ok=True)
    for name in ENCODERS:
        encoder_gradients(name)
    loss_goldens()
    training_steps()


if __name__ == "__main__":
    main()
