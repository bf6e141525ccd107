"""Reads the published multilingual encoder out of its 4-bit file, as float32 tensors with BERT's names.

The file holds multilingual-e5-small (MIT): a header, the pieces with their scores, a directory, then the tensors. A
tensor is plain float32 or blocks of 32 numbers, a float16 scale and 16 bytes each; the low halves of the bytes are the
first sixteen numbers, the high halves the others, and 8 means zero.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import BertConfig

BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class Published:
    """The encoder as published: its shape and its tensors, keyed as in transformers' BertModel."""

    hidden: int
    layers: int
    heads: int
    wide: int
    pieces: int
    positions: int
    types: int
    epsilon: float
    tensors: dict[str, Tensor]

    def config(self, **overrides: Any) -> BertConfig:
        """Return the configuration of a BERT of this shape; `overrides` win."""
        own = {
            "vocab_size": self.pieces,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.wide,
            "max_position_embeddings": self.positions,
            "type_vocab_size": self.types,
            "layer_norm_eps": self.epsilon,
            "pad_token_id": 1,
        }
        return BertConfig(**{**own, **overrides})


def read(path: Path) -> Published:
    """Read the file at `path`; ValueError where its length does not fit its own header."""
    reader = _Reader(path.read_bytes())
    reader.take("4xI")
    hidden, layers, heads, wide, pieces, positions, types = reader.take("7i")
    epsilon, _ = reader.take("fi")
    (listed,) = reader.take("i")
    reader.take("4i")
    (letters,) = reader.take("Q")
    reader.skip(4 * (listed + 1) + 4 * listed + letters)  # offsets, scores, pieces: the tokenizer has them too
    _, notes = reader.take("iI")
    reader.skip(notes)
    places = {}
    for _ in range(reader.take("i")[0]):
        name = reader.skip(reader.take("H")[0]).decode()
        _, count, start, size = reader.take("BIQQ")
        places[name] = (count, start, size)
    tensors = {f"embeddings.{to}": reader.tensor(*places[name]) for name, to in EMBEDDINGS.items()}
    for number in range(layers):
        for short, long in LAYER.items():
            for end, kind in (("w", "weight"), ("b", "bias")):
                found = reader.tensor(*places[f"l{number}.{short}.{end}"])
                tensors[f"encoder.layer.{number}.{long}.{kind}"] = found
    shaped = {name: _shaped(name, tensor, hidden, wide) for name, tensor in tensors.items()}
    return Published(hidden, layers, heads, wide, pieces, positions, types, epsilon, shaped)


def _shaped(name: str, flat: Tensor, hidden: int, wide: int) -> Tensor:
    if name.endswith("bias") or "LayerNorm" in name:
        return flat
    return flat.reshape(-1, wide if name.endswith(".output.dense.weight") and "attention" not in name else hidden)


class _Reader:
    """Little-endian values of one file, in order."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def skip(self, size: int) -> bytes:
        self._at += size
        return self._content[self._at - size : self._at]

    def tensor(self, count: int, start: int, size: int) -> Tensor:
        if start + size > len(self._content):
            raise ValueError(f"tensor ends at byte {start + size}, the file has {len(self._content)}")
        if size == 4 * count:
            return torch.from_numpy(np.frombuffer(self._content, "<f4", count, start).copy())
        return torch.from_numpy(unpacked(np.frombuffer(self._content, BLOCK, count // 32, start)))


def unpacked(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Return the numbers of `blocks`, 32 for each, in their order."""
    codes = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1).astype(np.float32) - 8
    return (codes * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
