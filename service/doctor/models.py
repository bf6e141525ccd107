"""The model files: whether each is the one that its manifest records."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from service.doctor.finding import Finding
from service.installation import shipped_models


def check() -> Iterator[Finding]:
    """Yield each model folder whose files are, or are not, the recorded ones."""
    folders = shipped_models.folders()
    if not folders:
        yield Finding("models", "warning", "no models here; the classification workers bring their own")
    for folder in folders:
        recorded: dict[str, str] = json.loads((folder / "manifest.json").read_text()).get("files", {})
        wrong = [name for name, digest in recorded.items() if _sha256(folder / name) != digest]
        if wrong:
            yield Finding("models", "failed", f"{folder.name}: {', '.join(wrong)} is not the recorded file")
        else:
            yield Finding("models", "ok", f"{folder.name}: {len(recorded)} files are the recorded ones")


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
