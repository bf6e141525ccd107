"""The index of words: which comments of a site have terms that begin like these. Nothing here commits.

The database notes what changed; `fold` reads it and writes the index, a bounded part in each transaction. `forget`
removes erased comments at once, with every trace of their words (ADR 19 says why this is not FTS5 and `tsvector`).
"""

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.models import Article, Comment
from service.moderation.search.tables import BLOCK, POSTING, TODO, WORDS
from service.moderation.search.terms import spelled, terms_of

AT_ONCE = 500  # notes that one transaction reads: on SQLite nobody else writes meanwhile
PLACES = 4_096  # comments of a block
MEMBER = 2  # bytes of a place in a block
FEW_WORDS = 1_000  # that a statement names; for more the whole block is read, which is quicker
A_ROW = 20  # members of postings that are intersected in the time in which the words of one comment are read

Wanted = tuple[str, list[str]]  # site, terms
MATCH = (
    select(POSTING.c.block, POSTING.c.members)
    .join_from(BLOCK, POSTING, POSTING.c.block == BLOCK.c.number)
    .where(
        BLOCK.c.site_id == bindparam("site"),
        POSTING.c.word >= bindparam("begin"),
        POSTING.c.word < bindparam("end"),
    )
)
# How often a term occurs in the site's newest block, to begin with the rarest.
IN_NEWEST = select(func.sum(func.length(POSTING.c.members))).where(
    POSTING.c.block == select(func.max(BLOCK.c.number)).where(BLOCK.c.site_id == bindparam("site")).scalar_subquery(),
    POSTING.c.word >= bindparam("begin"),
    POSTING.c.word < bindparam("end"),
)
READ = (
    select(
        Comment.id, Comment.site_id, Comment.text, Comment.author_name, Comment.external_id, Comment.reason,
        Comment.erased_at, Article.title,
    )
    .outerjoin(Article, Article.id == Comment.article_id)
    .where(Comment.id.in_(bindparam("ids", expanding=True)))
    .with_for_update(of=Comment, key_share=True, skip_locked=True)
)  # fmt: skip
PUT = {
    name: (given := dialect.insert(POSTING)).on_conflict_do_update(
        index_elements=[POSTING.c.block, POSTING.c.word], set_={"members": given.excluded.members}
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def find(session: Session, site_id: str, terms: Iterable[str], /, *, at_most: int) -> list[str] | None:
    """Return the ids of the site's comments that have every term, as a word's beginning; None for too many."""
    found: dict[int, set[int]] | None = None
    frequent = {term: (session.scalar(IN_NEWEST, _range(site_id, term)) or 0) // MEMBER for term in terms}
    left = sorted(frequent, key=lambda term: frequent[term], reverse=True)

    def is_quicker_by_rows(found: dict[int, set[int]]) -> bool:
        return _amount(found) <= at_most and frequent[left[-1]] * len(found) > A_ROW * _amount(found)

    while left and (found is None or not is_quicker_by_rows(found)):
        match = MATCH if found is None else MATCH.where(BLOCK.c.number.in_(found))
        places: defaultdict[int, set[int]] = defaultdict(set)
        for block, members in session.execute(match, _range(site_id, left.pop())):
            places[block].update(_unpacked(members))
        found = places if found is None else {block: those & found[block] for block, those in places.items()}
    if not found or _amount(found) > at_most:
        return None if found else []
    numbers = ", ".join(str(block * PLACES + place) for block, those in found.items() for place in those)
    has_the_rest = [WORDS.c.words.contains(f" {term}", autoescape=True) for term in left]
    # Written into the statement: thousands of parameters take longer than the statement.
    named = text(f"search_words.number IN ({numbers or 'NULL'})")
    return list(session.scalars(select(WORDS.c.comment_id).where(named, *has_the_rest)))


def _range(site_id: str, term: str) -> dict[str, object]:
    begin = term.encode()
    return {"site": site_id, "begin": begin, "end": begin + b"\xff"}


def _amount(found: Mapping[int, set[int]]) -> int:
    return sum(map(len, found.values()))


def waiting(session: Session, /, *, at_most: int) -> int:
    """Return how many changes are not in the index yet, counting up to `at_most`."""
    counted = select(TODO.c.number).limit(at_most).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def fold(session: Session, /) -> int:
    """Read the newest changes into the index; return how many notes were read, fewer than `AT_ONCE` at the end.

    A comment that another transaction is changing is left for the next time.
    """
    newest = select(TODO).order_by(TODO.c.number.desc()).limit(AT_ONCE).with_for_update(skip_locked=True)
    notes = session.execute(newest).all()
    noted = {note.comment_id for note in notes}
    wanted: dict[str, Wanted | None] = {}
    for row in session.execute(READ, {"ids": list(noted)}) if noted else ():
        terms = terms_of(
            text=row.text,
            author_name=row.author_name,
            title=row.title,
            external_id=row.external_id,
            reason=row.reason,
        )
        wanted[row.id] = None if row.erased_at is not None else (row.site_id, terms)
    busy = set(session.scalars(select(Comment.id).where(Comment.id.in_(noted - wanted.keys()))))
    _write(session, dict.fromkeys(noted - busy) | wanted)
    done = [note.number for note in notes if note.comment_id not in busy]
    session.execute(delete(TODO).where(TODO.c.number.in_(done)))
    return len(done)


def forget(session: Session, comment_ids: Iterable[str], /) -> None:
    """Remove comments from the index with the words that no other comment of their block has."""
    _write(session, dict.fromkeys(comment_ids))


def _write(session: Session, wanted: Mapping[str, Wanted | None]) -> None:
    """Make the index say of each comment what is wanted; None removes it."""
    known = {row.comment_id: row for row in session.execute(select(WORDS).where(WORDS.c.comment_id.in_(wanted)))}
    # Whoever changes postings has their block, lowest first, so that two never wait for each other.
    blocks = sorted({row.number // PLACES for row in known.values()})
    session.execute(select(BLOCK.c.number).where(BLOCK.c.number.in_(blocks)).order_by(BLOCK.c.number).with_for_update())
    added: defaultdict[tuple[int, bytes], set[int]] = defaultdict(set)
    removed: defaultdict[tuple[int, bytes], set[int]] = defaultdict(set)
    rows = []
    for comment_id, (number, terms) in _numbered(session, wanted, known).items():
        block, place = divmod(number, PLACES)
        before = set(known[comment_id].words.split()) if comment_id in known else set()
        for term in before - set(terms):
            removed[block, term.encode()].add(place)
        for term in set(terms) - before:
            added[block, term.encode()].add(place)
        rows.append({"of": comment_id, "number": number, "words": spelled(terms)})
    _change_postings(session, added, removed)
    _change_words(session, rows, known.keys())


def _numbered(
    session: Session, wanted: Mapping[str, Wanted | None], known: Mapping[str, Row[Any]]
) -> dict[str, tuple[int, list[str]]]:
    """Return number and terms of each comment; those that are not known yet get the next places of their sites."""
    numbered: dict[str, tuple[int, list[str]]] = {}
    new: defaultdict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for comment_id, of_comment in sorted(wanted.items(), key=lambda one: one[0]):
        site_id, terms = of_comment or ("", [])
        if comment_id in known:
            numbered[comment_id] = known[comment_id].number, terms
        elif site_id:
            new[site_id].append((comment_id, terms))
    for site_id, comments in sorted(new.items()):
        places = _next_places(session, site_id, len(comments))
        numbered |= {one: (number, terms) for (one, terms), number in zip(comments, places, strict=True)}
    return numbered


def _next_places(session: Session, site_id: str, amount: int) -> list[int]:
    room = select(BLOCK).where(BLOCK.c.site_id == site_id, BLOCK.c.filled < PLACES).order_by(BLOCK.c.number.desc())
    block = session.execute(room.limit(1).with_for_update()).first()
    places: list[int] = []
    while len(places) < amount:
        if block is None:
            block = session.execute(
                insert(BLOCK).values(site_id=site_id, filled=0).returning(BLOCK.c.number, BLOCK.c.filled)
            ).one()
        taken = min(amount - len(places), PLACES - block.filled)
        places += range(block.number * PLACES + block.filled, block.number * PLACES + block.filled + taken)
        session.execute(update(BLOCK).where(BLOCK.c.number == block.number).values(filled=block.filled + taken))
        block = None
    return places


def _change_postings(
    session: Session,
    added: Mapping[tuple[int, bytes], set[int]],
    removed: Mapping[tuple[int, bytes], set[int]],
) -> None:
    of_blocks: defaultdict[int, list[bytes]] = defaultdict(list)
    for block, word in sorted({*added, *removed}):
        of_blocks[block].append(word)
    for block, words in of_blocks.items():
        asked = select(POSTING.c.word, POSTING.c.members).where(POSTING.c.block == block)
        if len(words) <= FEW_WORDS:
            asked = asked.where(POSTING.c.word.in_(words))
        before: dict[bytes, bytes] = dict(session.execute(asked).all())
        after = {
            word: _changed(before.get(word, b""), added.get((block, word)), removed.get((block, word)))
            for word in words
        }
        if put := [{"block": block, "word": word, "members": members} for word, members in after.items() if members]:
            session.execute(PUT[session.get_bind().dialect.name], put)
        gone = [word for word, members in after.items() if not members and word in before]
        for at in range(0, len(gone), FEW_WORDS):
            some = POSTING.c.word.in_(gone[at : at + FEW_WORDS])
            session.execute(delete(POSTING).where(POSTING.c.block == block, some))


def _change_words(session: Session, rows: Sequence[Mapping[str, object]], known: Iterable[str]) -> None:
    there = set(known)
    if gone := [row["of"] for row in rows if not row["words"]]:
        session.execute(delete(WORDS).where(WORDS.c.comment_id.in_(gone)))
    if changed := [row for row in rows if row["words"] and row["of"] in there]:
        change = update(WORDS).where(WORDS.c.comment_id == bindparam("of")).values(words=bindparam("words"))
        session.execute(change, [{"of": row["of"], "words": row["words"]} for row in changed])
    if new := [row for row in rows if row["words"] and row["of"] not in there]:
        adding = [{"comment_id": row["of"], "number": row["number"], "words": row["words"]} for row in new]
        session.execute(insert(WORDS), adding)


def _changed(members: bytes, added: set[int] | None, removed: set[int] | None) -> bytes:
    if removed:
        members = _packed({*_unpacked(members)} - removed)
    return members + _packed(added) if added else members


def _packed(places: Iterable[int]) -> bytes:
    inside = sorted(places)
    return struct.pack(f"<{len(inside)}H", *inside)


def _unpacked(members: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(members) // 2}H", members)
