"""Makes a small real Detoxify checkpoint: a two-layer BERT with its own tokenizer."""

from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification

CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]


def write(folder: Path, *, classes: list[str] = CLASSES, outputs: int | None = None, spread: float = 0.5) -> Path:
    """Write config.json, the tokenizer and tiny.ckpt into `folder`; a small `spread` makes int8 easy."""
    torch.manual_seed(11)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["you", "are", "a", "stupid", "idiot", "thank", "for", "the", "article", "people", "vermin", "kill"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *letters]
    vocabulary += [f"##{letter}" for letter in letters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true, "model_max_length": 64}')
    outputs = outputs or len(classes)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=outputs,
        initializer_range=spread,
    )
    config.save_pretrained(folder)
    arch = {
        "model_type": "bert-base-uncased",
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
        "num_classes": outputs,
    }
    checkpoint = {
        "config": {"arch": {"args": arch}, "dataset": {"args": {"classes": classes}}},
        "state_dict": BertForSequenceClassification(config).state_dict(),
    }
    path = folder / "tiny.ckpt"
    torch.save(checkpoint, path)
    return path
