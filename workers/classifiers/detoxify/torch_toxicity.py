"""A compiled Detoxify model run by torch, in batches by tokens: for a machine with a GPU.

Float32 throughout, so that a neighbour in the batch changes a score by rounding alone (below 1e-5), unlike int8. The
weights are safetensors that compiling wrote and the manifest checks: nothing is unpickled. torch is imported here and
when compiling only.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from service.vocabulary import Attribute
from workers.batching import by_tokens
from workers.classifiers.base import ModelFileError
from workers.classifiers.budget import Budget
from workers.classifiers.encoder import special_tokens, without_lone_surrogates
from workers.classifiers.model_files import verified_manifest
from workers.classifiers.toxicity.compiled import check_golden
from workers.classifiers.windows import MOST_WINDOWS, characters_covered, windows_over

WEIGHTS = "torch"  # the folder of a compiled model that holds them
BUDGET = 16_384  # padded tokens in one call


def gpu() -> str | None:
    """Return the device to run on where there is a GPU."""
    import torch

    return "cuda" if torch.cuda.is_available() else None


class TorchToxicity:
    """A toxicity classifier on `device`; `score_many` is what a GPU is for."""

    def __init__(self, folder: Path, *, device: str) -> None:
        from transformers import AutoModelForSequenceClassification

        manifest = verified_manifest(folder)
        try:
            self.name, self.version = str(manifest["name"]), str(manifest["torch"]["version"])
            self.attributes = tuple(Attribute(name) for name in manifest["attributes"])
            self.languages = frozenset(manifest["languages"])
            self._columns = list(manifest["torch"]["columns"])
            self._size = int(manifest["max_tokens"]) - 2
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            model = AutoModelForSequenceClassification.from_pretrained(folder / WEIGHTS, local_files_only=True)
        except Exception as error:  # transformers and tokenizers raise errors of many families
            raise ModelFileError(f"{folder}: cannot be loaded by torch: {type(error).__name__}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._start, self._end = special_tokens(self._tokenizer)
        self._padding = int(model.config.pad_token_id or 0)
        self._device = device
        self._ahead: dict[str, dict[Attribute, float]] = {}
        self._model: Any = model.to(device).eval()
        check_golden(self.score, manifest)

    def score(self, text: str, /) -> dict[Attribute, float]:
        """Return the probability of every attribute, the worst over the windows of a long text."""
        return self._ahead.get(text) or self.score_many([text])[0]

    def look_ahead(self, texts: Sequence[str], /) -> None:
        """Score texts in batches for `score` to find; what was looked ahead at before is forgotten."""
        self._ahead = {}
        distinct = list(dict.fromkeys(texts))
        self._ahead = dict(zip(distinct, self.score_many(distinct), strict=True))

    def read(self, text: str, budget: Budget, /) -> tuple[dict[Attribute, float], int]:
        """Return the scores of the windows, if there is time, and how many characters they cover."""
        if not budget.is_in_time:
            budget.is_spent = True
            return {}, 0
        offsets = self._tokenizer.encode(without_lone_surrogates(text), add_special_tokens=False).offsets
        windows = windows_over(len(offsets), size=self._size, most=MOST_WINDOWS)
        return self.score(text), characters_covered(windows, offsets, length=len(text))

    def score_many(self, texts: Sequence[str], /) -> list[dict[Attribute, float]]:
        """Return the scores of each text, in order; batches are bounded by padded tokens."""
        owners: list[int] = []
        rows: list[list[int]] = []
        for owner, text in enumerate(texts):
            ids = self._tokenizer.encode(without_lone_surrogates(text), add_special_tokens=False).ids
            for window in windows_over(len(ids), size=self._size, most=MOST_WINDOWS):
                owners.append(owner)
                rows.append([self._start, *ids[window.start : window.end], self._end])
        worst = [dict.fromkeys(self.attributes, 0.0) for _ in texts]
        for group in by_tokens([len(row) for row in rows], budget=BUDGET):
            for place, values in zip(group, self._run([rows[place] for place in group]), strict=True):
                scores = worst[owners[place]]
                for attribute, value in zip(self.attributes, values, strict=True):
                    scores[attribute] = max(scores[attribute], value)
        return worst

    def _run(self, rows: list[list[int]]) -> list[list[float]]:
        import torch

        longest = max(map(len, rows))
        ids = torch.tensor([row + [self._padding] * (longest - len(row)) for row in rows], device=self._device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=self._device)
        with torch.inference_mode():
            logits = self._model(input_ids=ids, attention_mask=mask).logits[:, self._columns]
        values: list[list[float]] = torch.sigmoid(logits.double()).cpu().tolist()
        return values
