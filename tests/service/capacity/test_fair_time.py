"""Whose work comes next where one worker does it all, and what is known of how long it takes."""

import pytest

from service.capacity.fair_time import FORGET_SECONDS, FairTime, Pace

LONG, SHORT = 0.4, 0.01  # seconds


def done(turns: FairTime, wanted: dict[str, float], seconds: float, **weights: float) -> dict[str, float]:
    """Let the callers always have work, each of so many seconds; return how long each was worked for."""
    spent, callers = dict.fromkeys(wanted, 0.0), list(wanted)
    while sum(spent.values()) < seconds:
        caller = callers[turns.first_of(callers)]
        turns.spend(caller, wanted[caller], weight=weights.get(caller, 1.0))
        spent[caller] += wanted[caller]
    return spent


@pytest.mark.parametrize("floods", [1, 5])
def test_a_newcomer_comes_before_whoever_floods(floods: int) -> None:
    turns, callers = FairTime(), [f"flood {number}" for number in range(floods)]
    done(turns, dict.fromkeys(callers, LONG), 20.0)
    line = [*callers * 3, "new"]
    ahead = []
    while (caller := line[turns.first_of(line)]) != "new":
        ahead.append(caller)
        line.remove(caller)
        turns.spend(caller, LONG)
    assert len(ahead) <= floods - 1, "only others whose own turn it was"


def test_each_gets_the_same_time_and_not_the_same_number() -> None:
    spent = done(FairTime(), {"long": LONG, "short": SHORT}, 40.0)
    assert spent["long"] == pytest.approx(spent["short"], abs=LONG)


def test_time_is_shared_by_weight() -> None:
    spent = done(FairTime(), {"heavy": LONG, "light": LONG}, 44.0, light=0.1)
    assert spent["heavy"] == pytest.approx(10 * spent["light"], rel=0.1)


def test_one_alone_gets_all_the_time() -> None:
    turns = FairTime()
    assert done(turns, {"alone": LONG}, 20.0)["alone"] >= 20.0
    assert turns.first_of(["alone", "alone"]) == 0, "in the order in which its work came"


def test_who_was_away_has_saved_nothing_up() -> None:
    turns = FairTime()
    turns.spend("away", LONG)
    done(turns, {"busy": LONG}, 100.0)
    spent = done(turns, {"busy": LONG, "away": LONG}, 8.0)
    assert spent["busy"] == pytest.approx(spent["away"], abs=LONG)


def test_the_pace_is_what_was_measured_until_that_is_long_ago() -> None:
    pace = Pace()
    assert pace.seconds(10_000, now=5.0) == 0.0, "nothing is known: it is tried"
    pace.learn(10_000, 0.4, now=5.0)
    assert pace.seconds(20_000, now=5.0) == pytest.approx(0.8)
    assert pace.seconds(20_000, now=5.0 + FORGET_SECONDS) == pytest.approx(0.4)
    pace.learn(10_000, 0.8, now=5.0)
    assert pace.seconds(10_000, now=5.0) == pytest.approx(0.6)
