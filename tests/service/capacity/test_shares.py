"""The rule by which sites share, and the places that threads take by it."""

import threading

import pytest

from service.capacity.shares import Places, admits


def taken_alone(capacity: int, *, weight: float = 1.0) -> int:
    own = 0
    while admits(own, own, capacity, weight=weight):
        own += 1
    return own


@pytest.mark.parametrize("capacity", [1, 2, 4, 16, 1_000])
def test_one_alone_takes_most_and_leaves_some(capacity: int) -> None:
    assert capacity / 3 <= taken_alone(capacity) <= max(1, capacity - 1)


@pytest.mark.parametrize("weight", [0.1, 0.25, 1.0, 10.0])
def test_whatever_the_weight_a_newcomer_finds_a_place(weight: float) -> None:
    own = taken_alone(16, weight=weight)
    assert 1 <= own < 16
    assert admits(0, own, 16, weight=0.1)


def test_a_heavier_one_takes_more() -> None:
    assert taken_alone(100, weight=0.5) < taken_alone(100) < taken_alone(100, weight=3)


def test_who_waits_for_a_place_gets_it_when_one_is_given_back() -> None:
    places = Places(1)
    assert places.take("gazette")
    assert not places.take("herald", patience=0.01)
    got: list[bool] = []
    waiting = threading.Thread(target=lambda: got.append(places.take("herald", patience=30)))
    waiting.start()
    places.give_back("gazette")
    waiting.join()
    assert got == [True]
