"""One site does its worst, and another one's comments, callbacks, polls and scores keep moving."""

import sys
from contextlib import closing

from service.accounts import keys
from service.db import Database
from service.models import Site
from tests.faults.conftest import LOCAL, scripted
from tests.support.neighbours import Neighbour, Worst, greedy
from tests.support.receiver import Receiver
from tests.support.services import Services

WORST = Worst(comments=500, dead_endpoints=30, pollers=60, scorers=12)
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
