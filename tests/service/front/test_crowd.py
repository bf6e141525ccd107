"""Which connection goes when there are too many."""

from dataclasses import dataclass

from service.front.crowd import Crowd


@dataclass(eq=False)
class One:
    address: str = "a"
    served: int = 0
    since: float = 0.0
    busy: bool = False
    gone: bool = False

    def is_busy(self) -> bool:
        return self.busy

    def cut(self) -> None:
        self.gone = True


def test_the_oldest_that_brought_nothing_goes_before_one_that_idles() -> None:
    crowd, idle, silent, younger, new = Crowd(10, per_address=3), One(served=1), One(), One(), One()
    for one in (idle, silent, younger, new):
        assert crowd.enter(one)
    assert [one.gone for one in (idle, silent, younger, new)] == [False, True, False, False]


def test_one_whose_request_is_answered_stays_and_the_newcomer_is_refused() -> None:
    crowd, busy, new = Crowd(10, per_address=1), One(busy=True), One()
    assert crowd.enter(busy)
    assert not crowd.enter(new)
    assert not busy.gone


def test_of_all_addresses_the_one_with_most_gives_way() -> None:
    crowd, alone, many = Crowd(4, per_address=4), One("b"), [One() for _ in range(3)]
    for one in (alone, *many, One("c")):
        assert crowd.enter(one)
    assert not alone.gone
    assert [one.gone for one in many] == [True, False, False]


def test_one_that_has_left_makes_room_once() -> None:
    crowd, first, second = Crowd(1, per_address=1), One(), One()
    assert crowd.enter(first)
    crowd.leave(first)
    crowd.leave(first)
    assert crowd.enter(second)
    assert not first.gone
    assert not second.gone
