"""Finds the precedents of a comment that was just held, beside the verdict: a failure here is logged and stops nothing.

Each worker keeps the last decided comments of the sites that it works for in memory. What was decided since is read
before each search; what was undone, edited or erased is left out when precedents are kept, and forgotten then.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from cachetools import TLRUCache
from sqlalchemy.orm import Session

from service.models import Comment
from service.moderation.judgement.judgement import Judgement
from service.moderation.review import precedents
from service.vocabulary import Verdict
from workers.classifiers.base import Classification
from workers.runtime import Runtime

if TYPE_CHECKING:
    from workers.precedents.shelf import Shelf

log = structlog.get_logger()

MOST = 5_000  # last decisions of a site that are searched
NEAREST = 8  # that are kept
BYTES = 64 * 2**20  # of vectors in one process; 5,000 of a site take 7.7 MB, and the site used longest ago goes first
KEPT_SECONDS = 3_600.0  # after which a site's vectors are read anew: those of erased texts are in memory no longer
SPARE = 4  # more than are kept, for some may no longer stand
OVERLAP = timedelta(seconds=60)  # a decision is read some time after the moment that it bears
CHUNK = 500  # decisions read by one statement

Shelves = TLRUCache[tuple[str, str, str], "Shelf"]  # by site, encoder and language


def find(
    runtime: Runtime, comment: Comment, assessment: Classification | None, judgement: Judgement, /
) -> Mapping[str, float]:
    """Return the similarity of decided comments to one that the judgement holds, by id, the nearest first."""
    if judgement.verdict is not Verdict.HOLD or assessment is None or not assessment.vector:
        return {}
    if assessment.encoder is None or assessment.language is None:  # without letters, all vectors are much alike
        return {}
    try:
        key = comment.site_id, assessment.encoder, assessment.language
        with runtime.database.read() as session:
            return nearest(runtime, session, *key, assessment.vector, comment.id)
    except Exception as error:
        log.warning("precedents_not_found", comment_id=comment.id, error=type(error).__name__)
        return {}


def nearest(
    runtime: Runtime, session: Session, site_id: str, encoder: str, language: str, vector: bytes, comment_id: str, /
) -> dict[str, float]:
    """Return the similarity of the site's decided comments to a comment's vector, by id, the nearest first."""
    shelves, key = _shelves(runtime), (site_id, encoder, language)
    shelf = shelves.get(key)
    if shelf is None:
        shelf = _empty(len(vector) // 2)
    _add_new(session, shelf, *key)
    shelves[key] = shelf  # again, since it may have grown
    near = shelf.nearest(vector, but=comment_id, most=NEAREST + SPARE)
    return {one.comment_id: one.similarity for one in near}


def keep(runtime: Runtime, session: Session, comment: Comment, near: Mapping[str, float], /) -> None:
    """Keep those of the found that stand, in the transaction of the verdict, and forget the others."""
    if not near:
        return
    try:
        with session.begin_nested():
            fallen = precedents.keep(session, comment, near, most=NEAREST)
    except Exception as error:
        log.warning("precedents_not_kept", comment_id=comment.id, error=type(error).__name__)
        return
    if fallen:
        for key, shelf in list(_shelves(runtime).items()):
            if key[0] == comment.site_id:
                shelf.drop(fallen)


def forget_old(runtime: Runtime, /) -> None:
    """Drop the vectors that were kept for KEPT_SECONDS, also while no comment comes."""
    if runtime.precedents is not None:
        _shelves(runtime).expire()


def _shelves(runtime: Runtime) -> Shelves:
    if runtime.precedents is None:
        runtime.precedents = TLRUCache(
            BYTES,
            ttu=lambda _key, shelf, _now: shelf.made_at + KEPT_SECONDS,
            timer=time.monotonic,
            getsizeof=lambda shelf: shelf.nbytes,
        )
    shelves: Shelves = runtime.precedents
    return shelves


def _empty(dimensions: int) -> "Shelf":
    # numpy comes late, so that upkeep and delivery need no model packages
    from workers.precedents.shelf import Shelf

    return Shelf(dimensions, made_at=time.monotonic(), most=MOST)


def _add_new(session: Session, shelf: "Shelf", site_id: str, encoder: str, language: str) -> None:
    """Put on the shelf what was decided since it was last read."""
    since = shelf.newest - OVERLAP if shelf.newest else None
    made = precedents.recent(session, site_id, since=since, most=MOST)
    new = [row.id for row in reversed(made) if row.id not in shelf.recent]
    # A comment may have another text now, or one without a vector.
    shelf.drop(row.comment_id for row in made if row.id not in shelf.recent)
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        for row in precedents.decided(session, chunk, encoder=encoder, language=language):
            shelf.put(
                row.comment_id,
                row.vector,
                digest=row.text_digest,
                outcome=row.to_status,
                decided_at=row.created_at,
            )
    if made:
        shelf.newest, shelf.recent = made[0].created_at, frozenset(row.id for row in made)
