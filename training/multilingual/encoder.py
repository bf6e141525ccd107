"""The multilingual model: BERT's form and training/encoder.py's outputs, over a sentence-piece vocabulary.

It differs from the compact model in two things: the head reads the mean of the last layer, which is what this encoder
was trained to make useful, and the lower half of the layers is frozen, which is what knows the languages.
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from training.encoder import Compact
from training.multilingual import vocabulary, weights
from training.toxicity_rows import ATTRIBUTES

FROZEN_LAYERS = 6
TOKENIZER, PRUNED = "tokenizer.json", "kept.json"  # in the working folder


class Multilingual(Compact):
    """`logits, embedding = model(input_ids, attention_mask, token_type_ids)`; shapes B×L in, B×6 and B×384 out."""

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        bert = self.classifier.bert
        hidden = bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0].float()
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        pooled = self.classifier.dropout(bert.pooler(mean[:, None]))
        return self.classifier.classifier(pooled).float(), nn.functional.normalize(mean, dim=-1)


def blank(published: weights.Published, pieces: int, **overrides: Any) -> Multilingual:
    """Return a model of the published shape with `pieces` rows of embeddings and random weights."""
    config = published.config(vocab_size=pieces, num_labels=len(ATTRIBUTES), **overrides)
    return Multilingual(BertForSequenceClassification(config))


def pretrained(published: weights.Published, kept: list[int], **overrides: Any) -> Multilingual:
    """Return the published encoder cut to the pieces `kept`, with an untrained head."""
    model = blank(published, len(kept), **overrides)
    tensors = dict(published.tensors)
    table = "embeddings.word_embeddings.weight"
    tensors[table] = vocabulary.rows(tensors[table], kept)
    missing, unexpected = model.classifier.bert.load_state_dict(tensors, strict=False)
    if unexpected or any(not name.startswith("pooler.") for name in missing):
        raise ValueError(f"the published weights do not fit: missing {missing}, unexpected {unexpected}")
    return model


def freeze(model: Multilingual, *, layers: int = FROZEN_LAYERS) -> Multilingual:
    """Let neither the embeddings nor the lowest `layers` layers learn."""
    bert = model.classifier.bert
    for part in (bert.embeddings, *bert.encoder.layer[:layers]):
        part.requires_grad_(False)
    return model


def load_tokenizer(folder: Path, max_tokens: int) -> Tokenizer:
    """Return the pruned tokenizer in `folder`, cutting at `max_tokens` and never padding."""
    description = json.loads((folder / TOKENIZER).read_text(encoding="utf-8"))
    tokenizer = vocabulary.tokenizer_of(description)
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def kept_pieces(folder: Path) -> list[int]:
    """Return the ids, in the published vocabulary, of the pieces that the pruned one has."""
    kept: list[int] = json.loads((folder / PRUNED).read_text(encoding="utf-8"))
    return kept


def trainable(model: nn.Module) -> list[Tensor]:
    """Return the weights that learn."""
    return [weight for weight in model.parameters() if weight.requires_grad]


def learnt(model: nn.Module) -> dict[str, Tensor]:
    """Return the weights that a checkpoint must hold: all but the frozen embedding table, which weights.py restores."""
    return {name: tensor for name, tensor in model.state_dict().items() if "word_embeddings" not in name}
