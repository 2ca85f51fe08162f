"""Trains a model on sentence pairs with scores in Sentence Transformers: the peer of `train`.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0
    python tests/python/train_peer.py --model FOLDER --train sts-train.csv --dev sts-dev.csv

One loop of the library's own model, loss and schedule, without its Trainer's data pipeline, which only costs time.
Files are the STS benchmark's, tab-separated. Prints one JSON object: samples a second and CPU time a sample, after some steps of warm-up, and dev scores.
"""

import argparse
import json
import math
import resource
import time

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.util import pairwise_cos_sim
from scipy.stats import spearmanr
from transformers.optimization import get_linear_schedule_with_warmup

WARM_UP = 5


def read(path):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    return [(row[5], row[6], float(row[4]) / 5) for row in rows]


def score(model, pairs):
    model.eval()
    embeddings = [model.encode([pair[i] for pair in pairs], convert_to_tensor=True) for i in (0, 1)]
    model.train()
    return float(spearmanr(pairwise_cos_sim(*embeddings).float(), [pair[2] for pair in pairs])[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--dev")
    parser.add_argument("--loss", choices=["cosent", "cosine-similarity"], default="cosent")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0, help="stop after so many; 0 for all")
    parser.add_argument("--evaluation-steps", type=int, default=60)
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    model = SentenceTransformer(options.model, device="cpu").train()
    loss = {"cosent": losses.CoSENTLoss, "cosine-similarity": losses.CosineSimilarityLoss}[options.loss](model)
    pairs = read(options.train)
    dev = read(options.dev) if options.dev else None
    decayed = [p for n, p in model.named_parameters() if not n.endswith("bias") and "LayerNorm" not in n]
    others = [p for n, p in model.named_parameters() if n.endswith("bias") or "LayerNorm" in n]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=options.learning_rate,
        fused=True,
    )
    per_epoch = (len(pairs) + options.batch_size - 1) // options.batch_size
    total = per_epoch * options.epochs
    schedule = get_linear_schedule_with_warmup(optimizer, math.ceil(0.1 * total), total)
    step, seconds, cpu, samples, scores = 0, 0.0, 0.0, 0, []
    for _ in range(options.epochs):
        order = torch.randperm(len(pairs)).tolist()
        for begin in range(0, len(pairs), options.batch_size):
            batch = [pairs[i] for i in order[begin : begin + options.batch_size]]
            start, start_cpu = time.perf_counter(), time.process_time()
            features = []
            for column in (0, 1):
                tokens = model.preprocess([pair[column] for pair in batch])
                features.append({key: value for key, value in tokens.items() if torch.is_tensor(value)})
            labels = torch.tensor([pair[2] for pair in batch])
            with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
                value = loss(features, labels)
            optimizer.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            value.item()
            step += 1
            if step > WARM_UP:
                seconds += time.perf_counter() - start
                cpu += time.process_time() - start_cpu
                samples += len(batch)
            if dev and step % options.evaluation_steps == 0:
                scores.append([step, round(score(model, dev), 4)])
            if step == options.steps:
                break
        if step == options.steps:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"steps": step, "dev": scores, "peak_mib": round(peak)}
    if samples:
        result |= {"samples_per_second": samples / seconds, "cpu_ms_per_sample": 1000 * cpu / samples}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
