"""Easy ones in between: they come before their turn, and nothing else changes."""

from dataclasses import replace

import pytest

from service.db import Database
from service.models import Site
from service.moderation.review import reservations
from service.moderation.review.queue import queue, relief
from service.moderation.review.queue.queue import Row
from service.moderation.review.queue.queue_filter import Order, QueueFilter
from service.vocabulary import Attribute
from tests.support.console import add_moderator
from tests.support.held import Said, hold

SEVERE = Said("Somebody ought to break his windows, and the rest of him as well.", "Tom", {Attribute.THREAT: 0.9})
EASY = Said("Page fourteen of the report says six million; who signed that change?", "Iris", {Attribute.OBSCENE: 0.5})

EVERYTHING = QueueFilter()


def fill(database: Database, site: Site, kinds: str) -> None:
    """Hold a comment for each letter, oldest first: s for a severe one, e for an easy one."""
    for number, kind in enumerate(kinds):
        hold(database, site.id, number, said=SEVERE if kind == "s" else EASY, text=f"{number} {EASY.text}")


def listed(
    database: Database, site: Site, chosen: QueueFilter = EVERYTHING, *, limit: int = queue.PAGE
) -> tuple[list[Row], list[Row]]:
    """Return the first page without and with easy ones."""
    with database.read() as session:
        rows = queue.page(session, site.id, chosen, limit=limit)
        return rows, relief.mix(session, site.id, chosen, rows, after="", moderator_id="me")[0]


def shape(rows: list[Row]) -> str:
    return "".join("E" if row.mixed_in else "e" if relief.is_easy(row) else "s" for row in rows)


@pytest.mark.parametrize(
    ("held", "limit", "shown"),
    [
        ("ssssssssee", 8, "ssssEssssE"),
        ("ssssssse", 7, "ssssEsss"),
        ("sseessssee", 8, "sseessssE"),  # easy ones that stand there anyway count
        ("ssse", 3, "sss"),
        ("ssss", 4, "ssss"),  # there is none to put in
        ("sssse", 25, "sssse"),  # one on the same page is not shown twice
    ],
)
def test_after_four_severe_ones_in_a_row_comes_one_that_is_likely_fine(
    database: Database, site: Site, held: str, limit: int, shown: str
) -> None:
    fill(database, site, held)
    without, with_easy = listed(database, site, limit=limit)
    assert shape(with_easy) == shown
    assert [row.id for row in with_easy if not row.mixed_in] == [row.id for row in without]
    assert len({row.id for row in with_easy}) == len(with_easy)


def test_the_pages_go_on_where_the_list_stopped_and_take_other_easy_ones(database: Database, site: Site) -> None:
    fill(database, site, "s" * 8 + "e" * 4)
    chosen, seen, position, easy = QueueFilter(), list[Row](), "", ""
    with database.read() as session:
        for _ in range(2):
            rows = queue.page(session, site.id, chosen, after=position, limit=4)
            position = rows[-1].position
            mixed, easy = relief.mix(session, site.id, chosen, rows, after=easy, moderator_id="me")
            seen += mixed
    assert shape(seen) == "ssssEssssE"
    assert len({row.id for row in seen}) == 10


def test_what_the_filter_leaves_out_is_not_put_in_and_what_somebody_holds_neither(
    database: Database, site: Site
) -> None:
    ben = add_moderator(database, "ben@gazette.example", "Ben Okafor")
    fill(database, site, "ssssee")
    narrow = QueueFilter(attribute=Attribute.THREAT)
    assert shape(listed(database, site, narrow, limit=4)[1]) == "ssss"
    with database.read() as session:
        mildest = queue.page(session, site.id, QueueFilter(order=Order.MILD), limit=2)
    with database.write() as session:
        reservations.take(session, mildest[0].id, ben.id)
    assert listed(database, site, limit=4)[1][-1].id == mildest[1].id


def test_counts_know_nothing_of_it(database: Database, site: Site) -> None:
    fill(database, site, "sssseee")
    with database.read() as session:
        before = queue.count(session, site.id, QueueFilter())
        listed(database, site, replace(QueueFilter(), order=Order.SEVERE), limit=4)
        assert queue.count(session, site.id, QueueFilter()) == before == 7
