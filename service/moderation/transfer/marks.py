"""How far the import of a file has come: moved with each batch, so that what was stored and the mark never differ."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import database_now
from service.models import ImportMark


def find(session: Session, site_id: str, file: str, /) -> tuple[int, Counter[str]]:
    """Return the number of rows of the file that are done, and what became of them."""
    mark = _find(session, site_id, file)
    return (mark.rows, Counter(mark.counts)) if mark else (0, Counter())


def move(session: Session, site_id: str, file: str, rows: int, counts: Counter[str], /) -> bool:
    """Note that the file's first `rows` are done; return whether this is the first note of the import."""
    mark = _find(session, site_id, file)
    is_first = mark is None
    if mark is None:
        mark = ImportMark(site_id=site_id, file=file)
        session.add(mark)
    mark.rows, mark.counts, mark.updated_at = rows, dict(counts), database_now()
    session.flush()
    return is_first


def remove(session: Session, site_id: str, file: str, /) -> None:
    """Forget the mark: the file is done, and the same import again begins at its first row."""
    mark = _find(session, site_id, file)
    if mark is not None:
        session.delete(mark)
        session.flush()


def _find(session: Session, site_id: str, file: str) -> ImportMark | None:
    return session.scalar(select(ImportMark).where(ImportMark.site_id == site_id, ImportMark.file == file))
