"""An author whose comments get verdicts, and what the site then knows of them."""

from sqlalchemy import func, select

from service.db import Database
from service.models import Author, Comment, Site, Strike
from service.moderation.authors import author_file
from service.moderation.authors import standing as standings
from service.moderation.authors.author_file import AuthorFile
from service.moderation.policy.rules import Rules
from service.moderation.upkeep import invariants
from service.vocabulary import Standing, Verdict
from tests.support.actors import LEA
from tests.support.comments import TEXT, classify, reread, submit

COUNTING = Rules(hold_newcomers=2, trust_after=4, strike_limit=2, strike_days=30)


def send(database: Database, site: Site, number: int, verdict: Verdict, author: str = "u-1") -> Comment:
    """Let the author send a comment that gets this verdict from the policy."""
    comment = submit(database, site.id, f"c-{number}", f"{TEXT} And this is number {number}.", author_id=author)
    classify(database, verdict)
    return reread(database, comment.id)


def file_of(database: Database, site: Site, author: str = "u-1") -> AuthorFile:
    with database.read() as session:
        return author_file.read(session, site.id, author)


def strikes(database: Database) -> int:
    with database.read() as session:
        assert invariants.audit(session) == []
        return session.scalar(select(func.count()).select_from(Strike)) or 0


def set_standing(database: Database, site: Site, standing: Standing | None, **how: object) -> Author:
    with database.write() as session:
        how = {"reason": "spam", "by": LEA} | how
        return standings.set_to(session, site.id, "u-1", standing, **how)  # type: ignore[arg-type]
