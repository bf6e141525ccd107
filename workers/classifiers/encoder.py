"""Run a compiled model on one text: logits of every attribute and, from the compact encoder, the text's embedding.

One text per call, never a batch: dynamic int8 scales activations over the whole tensor, so a neighbour would change
the score by up to 0.15. A text longer than one window is read in overlapping windows, so that an insult at its end
counts in full; the windows share no state.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from service.moderation.text.filler import without_filler
from workers.classifiers import guess
from workers.classifiers.base import ModelFileError
from workers.classifiers.budget import Budget
from workers.classifiers.guess import Guess
from workers.classifiers.model_files import verified_manifest
from workers.classifiers.parts import Place
from workers.classifiers.windows import Window, characters_covered, windows_over

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Vector = npt.NDArray[np.float32]
_NO_EMBEDDING: Vector = np.empty(0, dtype=np.float32)
_NO_LOGITS: Vector = np.empty((0, 0), dtype=np.float32)
LONG = 500  # characters from which on filler is shortened, and only what a disguise changed is read again
KEPT_COPIES = 8

UNKNOWN = ("[UNK]", "<unk>")  # what a tokenizer makes of a word, or a sign, that is not in its vocabulary
HIDING = 12  # letters in unknown tokens that can hide an insult; emoji have none


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """What the encoder made of one text.

    `logits` has one row per window, in text order; `embedding` is the mean of the windows' embeddings weighted by
    their tokens, of length 1 (of size 0 from a model that makes none); `characters_read` counts the characters that
    some window covered.
    """

    logits: Vector
    embedding: Vector
    characters_read: int


class Encoder:
    """A compiled model of one process: checked, loaded and warmed; safe to call from one thread at a time."""

    def __init__(self, folder: Path, *, threads: int = 1, effort: int = 1) -> None:
        """Load it; `effort` says how many times as long as the compact model it takes for a token."""
        self.effort = effort
        self.manifest = verified_manifest(folder)
        self.max_tokens = int(self.manifest["max_tokens"])
        self.version = str(self.manifest["version"])
        self.digest = str(self.manifest["files"]["model.onnx"])[:16]
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = open_session(folder / "model.onnx", threads=threads)
            self._guess = Guess.load(folder / guess.FILE) if guess.FILE in self.manifest["files"] else None
        except Exception as error:  # tokenizers and onnxruntime raise bare Exceptions of their own
            raise ModelFileError(f"{folder}: cannot be loaded: {type(error).__name__}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._takes = {node.name for node in self._session.get_inputs()}
        makes = {node.name for node in self._session.get_outputs()}
        self._makes = [name for name in ("logits", "embedding") if name in makes]
        self._start, self._end = special_tokens(self._tokenizer)
        self._unknown = [number for name in UNKNOWN if (number := self._tokenizer.token_to_id(name)) is not None]
        self.vocabulary = self._tokenizer.get_vocab_size()
        self.encode("Warm up: the first run allocates, and no comment should wait for it.")

    def encode(self, text: str, *, budget: Budget | None = None) -> Encoding:
        """Encode one text, however long, as far as the budget allows; an empty text has an encoding too."""
        # A row of dots has a token for each of them: read out in full it would use up what the words need.
        short = without_filler(text, kept=KEPT_COPIES) if len(text) > LONG else text
        tokens = self.tokens(short)
        ids, offsets = tokens.ids, tokens.offsets
        windows: list[Window] = []
        outputs: list[tuple[Vector, Vector]] = []
        for window in windows_over(len(ids), size=self.max_tokens - 2):
            if budget is not None and not budget.allows(self.effort * (window.end - window.start)):
                break
            windows.append(window)
            outputs.append(self._run(ids[window.start : window.end]))
        if not outputs:
            return Encoding(logits=_NO_LOGITS, embedding=_NO_EMBEDDING, characters_read=0)
        unread = (
            len(short) - characters_covered(windows, offsets, length=len(short)) + self._unknown_letters(short, tokens)
        )
        if len(outputs) == 1:
            logits, embedding = outputs[0]
            return Encoding(logits=logits[None, :], embedding=embedding, characters_read=len(text) - unread)
        weights = np.array([window.end - window.start for window in windows], dtype=np.float32)
        mean = weights @ np.stack([embedding for _, embedding in outputs])
        return Encoding(
            logits=np.stack([logits for logits, _ in outputs]),
            embedding=(mean / np.linalg.norm(mean)).astype(np.float32) if mean.size else _NO_EMBEDDING,
            characters_read=len(text) - unread,
        )

    def _unknown_letters(self, text: str, tokens: Any) -> int:
        """Return how many letters the model knows only as an unknown token; 0 for so few that they hide nothing."""
        places = (place for number, place in zip(tokens.ids, tokens.offsets, strict=True) if number in self._unknown)
        letters = sum(sum(map(str.isalpha, text[start:end])) for start, end in places)
        return letters if letters >= HIDING else 0

    def guesses(self, text: str, places: Sequence[Place]) -> list[float] | None:
        """Return a guess at the log-odds of the highest score of each place of `text` (in order), from its tokens.

        None where the model came without one.
        """
        if self._guess is None:
            return None
        tokens = self.tokens(text)
        ids, starts = tokens.ids, [start for start, _ in tokens.offsets]  # each look at `ids` copies all of them
        return self._guess.log_odds(
            [ids[bisect_left(starts, start) : bisect_left(starts, end)] for start, end in places]
        )

    def tokens(self, text: str) -> Any:
        """Return the tokens of `text` (ids and offsets), with none around it."""
        return self._tokenizer.encode(without_lone_surrogates(text), add_special_tokens=False)

    def embed(self, text: str) -> Vector:
        """Return the embedding of one text (float32, length 1)."""
        return self.encode(text).embedding

    def _run(self, ids: list[int]) -> tuple[Vector, Vector]:
        row = np.array([[self._start, *ids, self._end]], dtype=np.int64)
        feed = {"input_ids": row, "attention_mask": np.ones_like(row)}
        if "token_type_ids" in self._takes:
            feed["token_type_ids"] = np.zeros_like(row)
        logits, *embedding = self._session.run(self._makes, feed)
        return logits[0], embedding[0][0] if embedding else _NO_EMBEDDING


def without_lone_surrogates(text: str) -> str:
    """Return `text` as something that can be encoded: a lone surrogate is no text to a tokenizer."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def open_session(path: Path, *, threads: int) -> Any:
    """Open an ONNX model for `threads` threads in this process."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_mem_pattern = False  # every text has another length: a remembered pattern never fits
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle worker must not burn a core
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def special_tokens(tokenizer: Tokenizer) -> tuple[int, int]:
    """Return the ids that stand before and after a text (BERT's [CLS] and [SEP], RoBERTa's <s> and </s>)."""
    around = tokenizer.encode("").ids
    if len(around) != 2:
        raise ValueError(f"tokenizer puts {len(around)} special tokens around a text, expected 2")
    return around[0], around[1]
