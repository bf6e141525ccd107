"""The model files: whether each is the one that its manifest records."""

import hashlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

from service.doctor.finding import Finding


def check() -> Iterator[Finding]:
    """Yield each model folder whose files are, or are not, the recorded ones."""
    spec = importlib.util.find_spec("workers")  # found, not imported: the web side has no model packages
    folders = [Path(place) / "models" for place in (spec.submodule_search_locations or ())] if spec else []
    manifests = sorted(path for folder in folders for path in folder.glob("*/manifest.json"))
    if not manifests:
        yield Finding("models", "warning", "no models here; the classification workers bring their own")
    for manifest in manifests:
        recorded: dict[str, str] = json.loads(manifest.read_text()).get("files", {})
        wrong = [name for name, digest in recorded.items() if _sha256(manifest.parent / name) != digest]
        if wrong:
            yield Finding("models", "failed", f"{manifest.parent.name}: {', '.join(wrong)} is not the recorded file")
        else:
            yield Finding("models", "ok", f"{manifest.parent.name}: {len(recorded)} files are the recorded ones")


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
