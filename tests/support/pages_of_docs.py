"""The pages that we write for people, and what is in them: blocks of a language, inline code."""

import re
from pathlib import Path

from tests.support.services import REPOSITORY

README = REPOSITORY / "README.md"
PAGES = [README, *sorted(REPOSITORY.glob("[C-S]*.md")), REPOSITORY / "deploy/README.md"]
PAGES = [page for page in dict.fromkeys(PAGES) if page.name != "CHANGELOG.md"]
PAGES += sorted((REPOSITORY / "docs").rglob("*.md")) + sorted((REPOSITORY / "clients").glob("*/README.md"))


def name(page: Path, /) -> str:
    """Return how a page is called in a message."""
    return str(page.relative_to(REPOSITORY))


def blocks(page: Path, language: str, /) -> list[str]:
    """Return the contents of the fenced blocks of `language`, in their order."""
    return re.findall(rf"^```{language}\n(.+?)^```$", page.read_text(), re.M | re.S)


def inline(page: Path, /) -> list[str]:
    """Return what stands between single backticks, line breaks as spaces."""
    prose = re.sub(r"^```.+?^```$", "", page.read_text(), flags=re.M | re.S)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]
