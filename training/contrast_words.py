"""Reads the words that fill training/contrasts.py: targets, statements, and the frames that reverse their meaning.

The lists in contrast_words.txt contain hateful and obscene language on purpose: a moderation model that has never seen
hate beside its denial takes the mention of a group for the attack on it.
"""

from pathlib import Path


def _read(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            found[name] = []
        elif line and not line.startswith("#"):
            found[name].append(line)
    return found


WORDS = _read(Path(__file__).with_suffix(".txt"))
GROUPS = [tuple(part.strip() for part in line.split("|")) for line in WORDS["GROUPS"]]  # plural, singular, adjective
