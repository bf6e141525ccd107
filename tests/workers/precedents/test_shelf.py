"""The decided comments of a site in memory: which are nearest, what counts once, what is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from service.vocabulary import CommentStatus
from tests.support.precedents import vector
from workers.precedents.shelf import Shelf

APPROVED, REJECTED = CommentStatus.APPROVED, CommentStatus.REJECTED
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


def shelf_of(*degrees: float, most: int = 100) -> Shelf:
    """A shelf with comments 0, 1, 2, … in those directions, decided one after the other."""
    shelf = Shelf(3, most=most)
    for number, one in enumerate(degrees):
        put(shelf, str(number), one, after=number)
    return shelf


def put(
    shelf: Shelf,
    comment_id: str,
    degrees: float,
    *,
    after: int,
    digest: str = "",
    outcome: CommentStatus = CommentStatus.APPROVED,
) -> None:
    moment = BEGAN + timedelta(minutes=after)
    digest = digest or f"digest-{comment_id}"
    shelf.put(comment_id, vector(degrees), digest=digest, outcome=outcome, decided_at=moment)


def nearest(shelf: Shelf, degrees: float = 0, *, but: str = "", most: int = 8) -> list[str]:
    return [one.comment_id for one in shelf.nearest(vector(degrees), but=but, most=most)]


def test_the_nearest_come_first_and_none_below_the_floor() -> None:
    shelf = shelf_of(170, 50, 10, 30, 89)
    assert nearest(shelf) == ["2", "3", "1"]
    assert nearest(shelf, most=1) == ["2"]
    (first, *_) = shelf.nearest(vector(0), most=1)
    assert first.similarity == pytest.approx(0.985, abs=0.003)
    assert nearest(Shelf(3, most=8)) == []


def test_a_comment_is_no_precedent_of_itself() -> None:
    assert nearest(shelf_of(0, 20), but="0") == ["1"]


def test_a_text_decided_alike_several_times_counts_once_by_the_last_decision() -> None:
    shelf = shelf_of(10, 35)
    put(shelf, "again", 10, after=10, digest="digest-0")
    assert nearest(shelf) == ["again", "1"]
    assert len(shelf) == 2


def test_a_text_decided_differently_counts_with_each_outcome() -> None:
    shelf = shelf_of(10, 35)
    put(shelf, "rejected", 10, after=10, digest="digest-0", outcome=REJECTED)
    assert nearest(shelf) == ["rejected", "0", "1"]
    put(shelf, "rejected-again", 10, after=11, digest="digest-0", outcome=REJECTED)
    assert nearest(shelf) == ["rejected-again", "0", "1"]


def test_a_later_text_that_is_nearly_equal_does_not_take_the_place_of_the_nearest() -> None:
    shelf = Shelf(3, most=8)
    put(shelf, "women should be banned from voting", 0, after=0, outcome=REJECTED)
    put(shelf, "women should not be banned from voting", 9.2, after=1)  # a cosine of 0.987
    assert nearest(shelf) == ["women should be banned from voting", "women should not be banned from voting"]


def test_a_wave_of_one_text_leaves_room_for_others() -> None:
    shelf = shelf_of(10, 35)
    for number in range(20):
        put(shelf, f"wave-{number}", 10, after=10 + number, digest="digest-0")
    assert nearest(shelf, most=2) == ["wave-19", "1"]


def test_a_comment_with_another_text_counts_by_that_alone() -> None:
    shelf = shelf_of(0, 20)
    put(shelf, "0", 45, after=5, digest="another")
    assert nearest(shelf) == ["1", "0"]
    assert len(shelf) == 2


def test_the_oldest_make_room_and_memory_is_bounded() -> None:
    shelf = shelf_of(*(20 * number for number in range(10)), most=4)
    assert len(shelf) == 4
    assert nearest(shelf, 120) == ["6", "7", "8"]
    assert shelf.nbytes == 4 * 3 * 4


def test_what_is_dropped_is_not_found_and_its_vector_is_gone() -> None:
    shelf = shelf_of(0, 25)
    shelf.drop(["0", "nobody"])
    assert nearest(shelf) == ["1"]
    assert not shelf._vectors[0].any()
    put(shelf, "0", 0, after=9)
    assert nearest(shelf) == ["0", "1"]
