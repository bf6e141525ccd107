"""What the tests of importing share: a file that is imported, and a look at what came in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from service.cli import main as cli
from service.db import Database
from service.models import Comment, Site
from service.moderation.upkeep import invariants

Bring = Callable[..., Result]


@pytest.fixture
def bring(environ: dict[str, str], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Import a file with this content."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def invoke(content: str, *arguments: str, name: str = "comments") -> Result:
        file = tmp_path / name
        file.write_text(content)
        return CliRunner().invoke(cli.main, ["import", str(file), *arguments], catch_exceptions=False)

    return invoke


def comments(database: Database) -> dict[str, Comment]:
    with database.read() as session:
        return {one.external_id: one for one in session.scalars(select(Comment))}


def count(database: Database, kind: Any, *where: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(kind).where(*where)) or 0


def kept(database: Database, site: Site) -> None:
    """Fail unless every promise over the whole record holds."""
    with database.read() as session:
        assert invariants.audit(session, slo_seconds=0) == []
