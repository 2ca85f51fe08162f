"""Makes the golden files of cross-encoders: tiny random models, and the scores and gradients of the reference.

    pip install torch==2.7.1 transformers==5.24.0 sentence-transformers==6.2.0
    python tests/golden/make_cross_encoder_golden.py model/src/test/resources/golden

Reads the vocabulary under tokenizers/roberta, which make_checkpoint_golden.py makes. Each model is a cross-encoder
beside an `expected.json` with pairs of texts, their tokens and token types, logits and scores. For the newer ones it
also has a loss over the first pairs, and `gradients.safetensors` the gradients of that.
"""

import json
import pathlib
import shutil
import sys

import torch
import transformers
from make_golden import WORDS
from make_module_golden import HIDDEN, LENGTH, fast_tokenizer
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder
from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss, CrossEntropyLoss
from tokenizers import processors

PAIRS = [
    ("The cat sits on a mat.", "a cat on the mat"),
    ("two red dogs", "kafka streams of text"),
    ("", "the topic is slow"),
    ("is the stream fast?", "the stream is fast, the topic is slow"),
    ("cat", "the dog sits on a slow red mat. " * 3),
    ("Z\u00fcrich \u4e2d\u6587 caf\u00e9", "\U0001f600 \u00c9t\u00e9, a cat"),
    # The first six are the batch of the loss.
    ("a cat on the mat", "The cat sits on a mat."),
    ("a dog", ""),
    ("", ""),
    ("   ", "a dog"),
    ("two blue cats", "two blue cats"),
    ("the cat " * 40, "kafka streams of text " * 20),
    (" ".join(WORDS), "a red dog"),
    ("a red dog", " ".join(WORDS)),
    # A token or a few too long: which text loses them, and where a half is not whole.
    ("cat " * 11, "dog " * 11),
    ("cat " * 12, "dog " * 11),
    ("cat " * 11, "dog " * 12),
    ("cat " * 15, "dog " * 10),
    ("cat " * 10, "dog " * 15),
    ("cat " * 15, "dog " * 8),
    ("cat " * 7, "dog " * 16),
    ("unbelievably long-winded words", "aren't embedded"),
]
LABELS = [1.0, 0.0, 0.5, 0.9, 0.25, 0.0]
CLASSES = [1, 0, 2, 1, 2, 0]
IDENTITY = "torch.nn.modules.linear.Identity"
NLI = {0: "contradiction", 1: "entailment", 2: "neutral"}
# Names, the family of each, and what is not as in others of the family.
MODELS = {
    "bert": ("bert", {}),
    "bert-labels": ("bert", dict(id2label=NLI, label2id={label: i for i, label in NLI.items()})),
    "roberta": ("roberta", {}),
    "distilbert": ("distilbert", {}),
    "electra": ("electra", dict(embedding_size=8)),
    "albert": ("albert", dict(embedding_size=8)),
    "mpnet": ("mpnet", {}),
}
# As they were saved before modules: by 4.1, with the length that only the positions limit, and before 4.0.
OLD = {
    "bert-2020": ("bert", dict(sentence_transformers={"activation_fn": IDENTITY, "version": "4.1.0"})),
    "roberta-legacy": ("roberta", dict(sbert_ce_default_activation_function=IDENTITY)),
}


def pair_tokenizer(family: str, root: pathlib.Path):
    if family == "roberta":
        own = root / "tokenizers" / "roberta"
        return transformers.RobertaTokenizer(str(own / "vocab.json"), str(own / "merges.txt"), model_max_length=LENGTH)
    words = fast_tokenizer(family)
    if family == "mpnet":  # has two separators between texts, and no types
        vocab = words.get_vocab()
        ends = [(token, vocab[token]) for token in ("[SEP]", "[CLS]")]
        words._tokenizer.post_processor = processors.RobertaProcessing(*ends)
    return words


def classifier(family: str, words, **settings):
    """A random transformer of a family, with a head."""
    bert = dict(
        vocab_size=len(words), hidden_size=HIDDEN, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=32, initializer_range=0.4, pad_token_id=words.pad_token_id,
    )  # fmt: skip
    distilbert = dict(
        vocab_size=len(words), dim=HIDDEN, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=32,
        initializer_range=0.4, pad_token_id=words.pad_token_id,
    )  # fmt: skip
    defaults = distilbert if family == "distilbert" else bert
    if family == "roberta":
        defaults = bert | dict(type_vocab_size=1)
    labels = settings if "id2label" in settings else settings | dict(num_labels=1)
    config = transformers.AutoConfig.for_model(family, **(defaults | labels))
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.3)
            elif "norm" in name.lower():
                parameter.normal_(1, 0.3)
        spread(model.eval(), words)
    return model


def spread(model, words) -> None:
    """Has the last layer spread scores, which of random weights would be close to each other and far from zero."""
    batches = [words([a], [b], truncation=True, return_tensors="pt") for a, b in PAIRS]
    logits = torch.cat([model(**batch).logits for batch in batches])
    last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    scale = 1.5 / logits.std(0)
    last.bias.copy_((last.bias - logits.mean(0)) * scale + 0.2)
    last.weight.mul_(scale[:, None])


def encoded(model: CrossEncoder, pair) -> dict:
    """What the tokenizer makes of a pair, with types even where the model does not get them.

    It is given as a batch: a pair alone whose second text is empty would be taken for one text.
    """
    batch = model.tokenizer([pair[0]], [pair[1]], truncation="longest_first", return_token_type_ids=True)
    features = model.preprocess([pair])
    assert all(features[key].tolist() == batch[key] for key in model.tokenizer.model_input_names)
    return {key: rows[0] for key, rows in batch.items()}


def scored(model: CrossEncoder) -> dict:
    """Logits are one at a time, so that nothing is padded; scores are of one batch."""
    rows = [encoded(model, pair) for pair in PAIRS]
    logits = torch.cat([model.predict([pair], activation_fn=torch.nn.Identity(), convert_to_tensor=True).reshape(1, -1)
                        for pair in PAIRS])  # fmt: skip
    scores = model.predict(PAIRS, convert_to_tensor=True)
    torch.testing.assert_close(scores.reshape(logits.shape), model.activation_fn(logits), rtol=1e-5, atol=1e-5)
    return {
        "pairs": PAIRS,
        "tokens": [row["input_ids"] for row in rows],
        "types": [row["token_type_ids"] for row in rows],
        "logits": logits.tolist(),
        "scores": scores.tolist(),
    }


def gradients(model: CrossEncoder, file: pathlib.Path) -> dict:
    """Of the reference's loss without dropout; names are those of the weights."""
    model.eval()
    labels = LABELS if model.num_labels == 1 else CLASSES
    loss = BinaryCrossEntropyLoss(model) if model.num_labels == 1 else CrossEntropyLoss(model)
    value = loss([list(texts) for texts in zip(*PAIRS[: len(labels)])], torch.tensor(labels))
    value.backward()
    save_file({name: p.grad.contiguous() for name, p in model.model.named_parameters()}, file)
    return {"labels": labels, "loss": value.item()}


def check(model: CrossEncoder, expected: dict) -> None:
    """That a mistake would be seen: in the order of texts, in types, or in what the pair is."""
    logits = torch.tensor(expected["logits"])
    assert (logits[0] - logits[6]).abs().max() > 1e-2, "the order of texts changes too little"
    assert logits.abs().max() < 8, "a logit is too large"
    if "token_type_ids" in model.tokenizer.model_input_names:
        for pair, own in zip(PAIRS, logits):
            features = {key: torch.tensor([value]) for key, value in encoded(model, pair).items()}
            features["token_type_ids"].zero_()
            with torch.no_grad():
                assert (model.model(**features).logits[0] - own).abs().max() > 1e-3, f"types do not matter to {pair}"


def make(folder: pathlib.Path, family: str, settings: dict) -> None:
    torch.manual_seed(len(folder.name))
    base = folder.parent / "base"
    words = pair_tokenizer(family, folder.parents[1])
    classifier(family, words, **settings).save_pretrained(base)
    words.save_pretrained(base)
    model = CrossEncoder(str(base), device="cpu")
    shutil.rmtree(base)
    model.save_pretrained(str(folder), create_model_card=False)
    expected = scored(model)
    check(model, expected)
    expected |= gradients(model, folder / "gradients.safetensors")
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def make_old(folder: pathlib.Path, family: str, settings: dict) -> None:
    torch.manual_seed(len(folder.name))
    words = pair_tokenizer(family, folder.parents[1])
    model = classifier(family, words)
    architecture = {"architectures": [type(model).__name__]}
    config = model.config.to_diff_dict() | architecture | settings | {"transformers_version": "4.6.1"}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    weights = model.state_dict()
    # The numbers of positions were saved with the weights then.
    weights[f"{family}.embeddings.position_ids"] = torch.arange(config["max_position_embeddings"]).unsqueeze(0)
    torch.save(weights, folder / "pytorch_model.bin")
    special = dict(words.special_tokens_map)
    (folder / "special_tokens_map.json").write_text(json.dumps(special) + "\n")
    if family == "bert":
        vocab = words.get_vocab()
        (folder / "vocab.txt").write_text("\n".join(sorted(vocab, key=vocab.get)) + "\n")
        words._tokenizer.save(str(folder / "tokenizer.json"))
        options = {"do_lower_case": True, "tokenizer_class": "BertTokenizer"}
    else:
        for name in ("vocab.json", "merges.txt"):
            shutil.copyfile(folder.parents[1] / "tokenizers" / "roberta" / name, folder / name)
        options = {"model_max_length": LENGTH + 1, "tokenizer_class": "RobertaTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(special | options, sort_keys=True) + "\n")
    reference = CrossEncoder(str(folder), device="cpu")
    assert isinstance(reference.activation_fn, torch.nn.Identity)
    expected = scored(reference)
    check(reference, expected)
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def main() -> None:
    root = pathlib.Path(sys.argv[1]) / "cross"
    shutil.rmtree(root, ignore_errors=True)
    for models, how in ((MODELS, make), (OLD, make_old)):
        for name, (family, settings) in models.items():
            (root / name).mkdir(parents=True)
            how(root / name, family, settings)


if __name__ == "__main__":
    main()
