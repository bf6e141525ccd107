"""An earlier version's own code, to run beside this one's: kept in the repository, since a clone may lack the history.

`python -m tests.faults.earlier_version COMMIT` keeps that commit's instead, without models and what is drawn. The
schema at its head is the name of the file; one or two migrations back is what an upgrade meets.
"""

import io
import subprocess
import sys
import tarfile
from pathlib import Path

KEPT = Path(__file__).parent / "earlier"
PARTS = ("service", "workers", "tests/support/scripted_worker.py", "tests/support/classifiers.py")
LEFT_OUT = ("workers/models", "workers/evaluate", "service/api/swagger", "service/console/static")


def revision() -> str:
    """Return the schema's revision that the kept version was written for."""
    (archive,) = KEPT.glob("*.tar.xz")
    return archive.name.removesuffix(".tar.xz")


def unpack(folder: Path) -> Path:
    """Put the kept version into `folder`, where `python -m workers` and `python -m service.cli.main` then run it."""
    with tarfile.open(KEPT / f"{revision()}.tar.xz") as archive:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4; from 3.12 on it warns without one
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder


def keep(commit: str) -> Path:
    """Keep the version that `commit` has; its alembic head is found by asking it."""
    command = ["git", "archive", commit, *PARTS, *(f":(exclude){part}" for part in LEFT_OUT)]
    tree = subprocess.run(command, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tree)) as given:
        members = [(member, given.extractfile(member)) for member in given.getmembers() if member.isfile()]
        texts = {member.name: file.read() for member, file in members if file is not None}
    for old in KEPT.glob("*.tar.xz"):
        old.unlink()
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{_head(texts)}.tar.xz"
    with tarfile.open(path, "w:xz", preset=9) as archive:
        for name in sorted(texts):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(texts[name]), 1_767_225_600
            archive.addfile(entry, io.BytesIO(texts[name]))
    return path


def _head(texts: dict[str, bytes]) -> str:
    """Return the migration that no other follows."""
    found = {"revision": set[str](), "down_revision": set[str]()}
    for name, text in texts.items():
        if name.startswith("service/migrations/versions/"):
            for line in text.decode().splitlines():
                word, _, value = line.partition(" = ")
                if word in found:
                    found[word].add(value.strip('"'))
    (head,) = found["revision"] - found["down_revision"]
    return head


if __name__ == "__main__":
    sys.stdout.write(f"{keep(sys.argv[1])}\n")
