"""One site does its worst, and another one's comments, callbacks, polls and scores keep moving."""

import sys
from collections import Counter
from contextlib import closing

import pytest

from service.accounts import keys
from service.api.reader.door import FOR_FORMS
from service.db import Database
from service.models import Site
from service.vocabulary import Scope
from tests.faults.conftest import LOCAL, scripted
from tests.support.neighbours import Caller, Neighbour, Worst, flooding, greedy
from tests.support.receiver import Receiver
from tests.support.services import Services

WORST = Worst(comments=500, dead_endpoints=30, pollers=60, scorers=12)
LONG_TEXT = "long " * 2_000
A_CHARACTER = "0.000035"  # seconds: what a long text takes here is half of the deadline
SMALL = 30  # requests
LONGEST = 2.0  # seconds, or twice what it takes when nobody else is there


def test_a_site_at_its_worst_delays_no_other_site(
    services: Services, database: Database, site: Site, other_site: Site, receiver: Receiver
) -> None:
    with database.write() as session:
        greedy_key, quiet_key = (keys.create(session, one.id, "cms") for one in (site, other_site))
    for role in ("classification", "interactive"):
        scripted(services, role, TEST_SCORING_SECONDS="0.01")
    delivery = services.start([sys.executable, "-m", "workers", "delivery"], "delivery", **LOCAL)
    port = int(services.web(MODERATO_RATE_LIMIT_PER_MINUTE="1000000", **LOCAL).rpartition(":")[2])
    with closing(Neighbour(port, quiet_key, receiver)) as neighbour:
        neighbour.rounds(1)  # all are up
        quiet = neighbour.rounds(2)
        with greedy(port, greedy_key, WORST):
            besieged = neighbour.rounds(4)
    services.kill(delivery)  # it would wait for the silent hosts
    late = {what: max(took) for what, took in besieged.items() if max(took) > max(LONGEST, 2 * max(quiet[what]))}
    assert not late, f"quiet: {quiet}, besieged: {besieged}"


@pytest.mark.parametrize("path", ["/v1/score", "/v1/reader/comments/hints"])
def test_long_texts_of_one_site_leave_another_sites_scores_within_the_deadline(
    services: Services, database: Database, site: Site, other_site: Site, path: str
) -> None:
    with database.write() as session:
        scopes = FOR_FORMS if "reader" in path else frozenset({Scope.READ})
        greedy_key = keys.create(session, site.id, "greedy", scopes=scopes)
        quiet_key = keys.create(session, other_site.id, "quiet")
    scripted(services, "interactive", TEST_CHARACTER_SECONDS=A_CHARACTER)
    many = {"MODERATO_RATE_LIMIT_PER_MINUTE": "1000000", "MODERATO_READER_COMMENTS_PER_MINUTE": "1000000"}
    port = int(services.web(**many, **LOCAL).rpartition(":")[2])
    with closing(Caller(port, quiet_key)) as quiet:
        while quiet("POST", "/v1/score", {"text": "short"})[0] != 200:
            pass  # the worker starts
        with flooding(port, path, {"text": LONG_TEXT}, key=greedy_key, callers=8) as of_the_flood:
            while not of_the_flood:
                pass
            of_the_quiet = Counter(quiet("POST", "/v1/score", {"text": f"short {n}"})[0] for n in range(SMALL))
    assert of_the_quiet[200] >= 0.9 * SMALL, (of_the_quiet, of_the_flood)  # a busy machine may delay one
    assert of_the_flood[200], "nobody is starved"
