"""Runs an exported graph as the service does: one comment per call, one thread."""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Graph:
    """An ONNX file with `logits` and `embedding` as outputs."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def one(self, sequence: list[int]) -> tuple[Array, Array]:
        """Return the logits and the embedding of one token sequence."""
        ids = np.array([sequence], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        logits, embedding = self._session.run(["logits", "embedding"], feed)
        return logits[0], embedding[0]

    def all(self, sequences: list[list[int]]) -> tuple[Array, Array]:
        """Return N×6 logits and N×384 embeddings, each comment on its own."""
        pairs = [self.one(sequence) for sequence in sequences]
        return np.stack([logits for logits, _ in pairs]), np.stack([embedding for _, embedding in pairs])
