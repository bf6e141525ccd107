"""Read a model folder's manifest and check every file in it before anything is loaded.

The manifest is the list of what may be loaded: a file that it does not name is never opened, and one whose SHA-256
differs from the recorded one stops the worker, because a wrong model answers as readily as the right one.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, cast

from workers.classifiers.base import ModelFileError

MANIFEST = "manifest.json"
SHIPPED = Path(__file__).resolve().parents[1] / "models"  # the weights that come with this package


def verified_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of `folder` after checking each file it names; raise ModelFileError otherwise."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}); expected a model folder") from None
    except ValueError:
        raise ModelFileError(f"{path}: is not JSON; expected the manifest written when the model was made") from None
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or not files:
        raise ModelFileError(f'{path}: has no "files"; expected each file with its SHA-256')
    for name, expected in files.items():
        check_file(folder / name, expected)
    return cast("dict[str, Any]", manifest)


def compiled_folder(cache_dir: Path, name: str) -> Path:
    """Return where the model compiled under `name` lives, whether it exists or not."""
    return cache_dir / "models" / name


def check_file(path: Path, expected: str) -> None:
    """Raise ModelFileError unless the file at `path` has the SHA-256 `expected` (64 hex digits)."""
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}); its manifest names it") from None
    if found != expected:
        raise ModelFileError(f"{path}: SHA-256 is {found}, must be {expected}; the file is damaged or another one")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
