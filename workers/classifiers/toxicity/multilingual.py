"""The multilingual model: reads comments in the languages in which it was measured to be good enough.

Its files are checked when a worker starts, and it is loaded when the first such comment comes: a site whose readers
write English pays no memory for it. Each language has attributes, a calibration and thresholds of its own in the
manifest; an attribute that is not there is not scored in that language.
"""

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from service.vocabulary import Attribute
from workers.classifiers.base import ModelFileError
from workers.classifiers.encoder import Encoder
from workers.classifiers.language.familiar import CHECKED
from workers.classifiers.model_files import verified_manifest
from workers.classifiers.toxicity.compiled import CompiledToxicity, toxicity_from

EFFORT = 2  # a text of the same length takes it 0.69 s where the compact model takes 0.33 s


@dataclass
class Multilingual:
    """The model in `folder`, with its manifest read and its files checked; `in_language` loads it."""

    folder: Path
    threads: int = 1
    name: str = field(init=False)
    version: str = field(init=False)
    languages: frozenset[str] = field(init=False)
    held_from: dict[str, dict[Attribute, float]] = field(init=False)
    _manifest: dict[str, Any] = field(init=False, repr=False)
    _loaded: CompiledToxicity | None = field(init=False, default=None, repr=False)
    _readers: dict[str, CompiledToxicity] = field(init=False, default_factory=dict, repr=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._manifest = verified_manifest(self.folder)
        try:
            self.name, self.version = str(self._manifest["name"]), str(self._manifest["version"])
            self.languages = frozenset(self._manifest["languages"])
            self.held_from = {code: self._held_from(code) for code in self.languages}
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"manifest in {self.folder}: {type(error).__name__}: {error}") from None
        if unchecked := self.languages - CHECKED:
            raise ModelFileError(f"{self.folder}: no letters and words are known of {', '.join(sorted(unchecked))}")

    @property
    def is_loaded(self) -> bool:
        """Whether a comment has needed it."""
        return self._loaded is not None

    def whole(self) -> CompiledToxicity:
        """Return the classifier with the calibration of all languages together, loaded."""
        with self._lock:
            if self._loaded is None:
                self._loaded = toxicity_from(Encoder(self.folder, threads=self.threads, effort=EFFORT))
            return self._loaded

    def in_language(self, code: str, /) -> CompiledToxicity:
        """Return the classifier of the language `code`, one of `languages`."""
        whole = self.whole()
        if code not in self._readers:
            measured: dict[str, dict[str, Any]] = self._manifest["by_language"][code]
            self._readers[code] = replace(
                whole,
                attributes=tuple(Attribute(name) for name in measured),
                languages=frozenset({code}),
                slopes=np.array([entry["a"] for entry in measured.values()], dtype=np.float64),
                intercepts=np.array([entry["b"] for entry in measured.values()], dtype=np.float64),
                columns=tuple(whole.attributes.index(Attribute(name)) for name in measured),
            )
        return self._readers[code]

    def _held_from(self, code: str) -> dict[Attribute, float]:
        """Return the attributes without a proven rejection (`rejects`), and the lowest score that holds."""
        entries = self._manifest["by_language"][code]
        return {Attribute(name): float(one["hold_at"]) for name, one in entries.items() if not one.get("rejects")}
