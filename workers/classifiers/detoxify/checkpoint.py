"""Load a Detoxify model, published or local, through Detoxify itself; the only place that unpickles anything.

A checkpoint is a pickle, and a pickle can run code. A local one is read with PyTorch's weights-only unpickler and
written out plainly before Detoxify opens it; a published one must have the SHA-256 prefix that its name carries. torch
and transformers are imported here and nowhere at scoring time.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.vocabulary import Attribute
from workers.classifiers.base import ModelFileError
from workers.classifiers.model_files import sha256_of

# Detoxify's published models and the languages they were trained on (Detoxify's README).
PUBLISHED: dict[str, tuple[str, ...]] = {
    "original": ("en",),
    "unbiased": ("en",),
    "multilingual": ("en", "es", "fr", "it", "pt", "ru", "tr"),
    "original-small": ("en",),
    "unbiased-small": ("en",),
}

# Label names met in Jigsaw's three challenges, in the words used here.
NAMES = {
    "toxic": Attribute.TOXICITY,
    "severe_toxic": Attribute.SEVERE_TOXICITY,
    "identity_hate": Attribute.IDENTITY_ATTACK,
    "sexually_explicit": Attribute.SEXUAL_EXPLICIT,
}

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class LoadedCheckpoint:
    """A Detoxify model as Detoxify loaded it; `columns` are the logits that stand for `attributes`."""

    detoxify: Any
    attributes: tuple[Attribute, ...]
    columns: tuple[int, ...]
    sha256: str


def load_published(name: str, *, cache_dir: Path, config: Path | None, say: Say) -> LoadedCheckpoint:
    """Download a published model into `cache_dir` unless it is there, check it and load it.

    `config` is a local folder with its configuration and tokenizer; without one Detoxify asks the Hugging Face hub.
    """
    import torch
    from detoxify.detoxify import MODEL_URLS

    url = MODEL_URLS[name]
    path = cache_dir / "checkpoints" / url.rsplit("/", 1)[-1]
    if not path.exists():
        say(f"downloading {url}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, str(path), hash_prefix=_hash_prefix(path.name))
        except (OSError, RuntimeError) as error:
            raise ModelFileError(f"{url}: cannot be downloaded: {error}") from None
    digest = sha256_of(path)
    if not digest.startswith(_hash_prefix(path.name)):
        raise ModelFileError(f"{path}: SHA-256 is {digest}, must begin with {_hash_prefix(path.name)}; delete it")
    say(f"verified {path.name}: SHA-256 {digest}")
    return _load(path, config=config, sha256=digest)


def load_local(checkpoint: Path, *, config: Path, say: Say) -> LoadedCheckpoint:
    """Load a local Detoxify checkpoint with the folder that holds its configuration and tokenizer.

    Raise ModelFileError where the file holds anything but tensors and plain values.
    """
    import torch

    digest = sha256_of(checkpoint)
    try:
        loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)
        arguments = loaded["config"]["arch"]["args"]
        plain = {"config": loaded["config"], "state_dict": loaded["state_dict"]}
    except Exception as error:  # the unpickler raises whatever the file makes it raise
        raise ModelFileError(f"{checkpoint}: is no plain Detoxify checkpoint ({type(error).__name__})") from None
    arguments["model_type"] = str(config.resolve())  # Detoxify reads the architecture by this name
    say(f"read {checkpoint.name} as weights only: SHA-256 {digest}")
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "plain.ckpt"
        torch.save(plain, written)
        return _load(written, config=config, sha256=digest)


def _load(path: Path, *, config: Path | None, sha256: str) -> LoadedCheckpoint:
    from detoxify import Detoxify

    try:
        detoxify = Detoxify(checkpoint=str(path), huggingface_config_path=str(config.resolve()) if config else None)
    except Exception as error:  # transformers, torch and the hub raise errors of many families
        raise ModelFileError(f"{path.name}: Detoxify cannot load it: {type(error).__name__}: {error}") from error
    detoxify.model.eval()
    known: dict[Attribute, int] = {}
    for column, label in enumerate(detoxify.class_names):
        attribute = NAMES.get(label) or (Attribute(label) if label in set(Attribute) else None)
        if attribute is not None:  # "unbiased" also predicts which identities a text mentions: no attribute of ours
            known[attribute] = column
    if Attribute.TOXICITY not in known:
        raise ModelFileError(f"{path.name}: scores {', '.join(detoxify.class_names)}; expected toxicity among them")
    return LoadedCheckpoint(detoxify=detoxify, attributes=tuple(known), columns=tuple(known.values()), sha256=sha256)


def _hash_prefix(name: str) -> str:
    match = re.search(r"-([0-9a-f]{8,})\.", name)
    if match is None:
        raise ModelFileError(f"{name}: carries no SHA-256 prefix to verify it by")
    return match[1]
