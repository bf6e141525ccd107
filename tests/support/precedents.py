"""Comments that are more or less like each other: each has a direction, and the angle between two says how like."""

import random
from collections.abc import Sequence

import numpy as np
from sqlalchemy import select

from service.db import Database
from service.models import Comment, Precedent
from service.vocabulary import Verdict
from tests.support.classifiers import ScriptedClassifiers
from tests.support.comments import moderate
from tests.support.flow import Flow

WORDS = (
    "bridge",
    "market",
    "council",
    "winter",
    "shop",
    "river",
    "bus",
    "teacher",
    "garden",
    "budget",
    "vote",
    "noise",
)


def vector(degrees: float, around: float = 0) -> bytes:
    """A vector so many degrees from the first, turned `around` it; two are as like as the cosine between them."""
    away, turned = np.radians(degrees), np.radians(around)
    place = [np.cos(away), np.sin(away) * np.cos(turned), np.sin(away) * np.sin(turned)]
    return np.array(place, dtype="<f2").tobytes()


def link(database: Database, comment: Comment, decided: Sequence[Comment], *, similarity: float = 0.9) -> None:
    """Keep precedents of a held comment, the nearest first, as a worker does."""
    with database.write() as session:
        session.add_all(
            Precedent(
                comment_id=comment.id, place=place, revision=comment.revision, decided_id=one.id,
                similarity=similarity - place / 100,
            )
            for place, one in enumerate(decided, 1)
        )  # fmt: skip


class Alike:
    """One site whose worker holds every comment, and whose comments have directions."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.database = flow, flow.database
        self.classifiers: ScriptedClassifiers = flow.scripted(toxicity=0.6)

    def held(self, external_id: str, degrees: float, around: float = 0) -> Comment:
        """Send a comment with a text of its own, in that direction, which the worker then holds."""
        words = random.Random(external_id).choices(WORDS, k=14)
        text = f"About {external_id} I say: {' '.join(words)}."
        self.classifiers.vectors[text] = vector(degrees, around)
        comment_id = self.flow.accept(external_id, text)
        self.flow.drain()
        return self.flow.comment(comment_id)

    def decided(
        self, external_id: str, degrees: float, verdict: Verdict = Verdict.APPROVE, *, around: float = 0
    ) -> Comment:
        """Send such a comment and decide on it as a moderator."""
        comment = self.held(external_id, degrees, around)
        assert moderate(self.database, comment, verdict)
        return self.flow.comment(comment.id)

    def precedents(self, comment: Comment) -> Sequence[str]:
        """Return what was kept for a comment, as the ids that the CMS gave, nearest first."""
        with self.database.read() as session:
            return session.scalars(
                select(Comment.external_id)
                .join(Precedent, Precedent.decided_id == Comment.id)
                .where(Precedent.comment_id == comment.id)
                .order_by(Precedent.place)
            ).all()
