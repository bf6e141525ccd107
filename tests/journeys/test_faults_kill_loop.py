"""Workers and Redis are killed at random while comments come in: none lost, none decided or delivered twice.

Thirty seconds on each database, a minute in all; `SOAK_SECONDS` makes it longer (`make soak`) and adds a part without
blows, in which nothing may grow. The seed of a run is printed and `SOAK_SEED` brings it back.
"""

import os
import random

import pytest
from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, Decision, Delivery, Endpoint, Site
from service.moderation.upkeep import invariants
from service.vocabulary import Source
from tests.faults.conftest import endpoint, receiver
from tests.support.chaos import Chaos
from tests.support.receiver import Receiver
from tests.support.services import Services

__all__ = ["endpoint", "receiver"]

SOAK = "SOAK_SECONDS" in os.environ
SECONDS = float(os.environ.get("SOAK_SECONDS", "30"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))


@pytest.mark.timeout(SECONDS * 2 + 600)
def test_whatever_is_killed_every_comment_comes_to_one_verdict_and_one_callback(
    services: Services, database: Database, site: Site, endpoint: Endpoint, receiver: Receiver
) -> None:
    chaos = Chaos(database, services, site.id, seed=SEED)
    try:
        chaos.rage(SECONDS * (0.75 if SOAK else 1))
        chaos.converge(120 if not SOAK else 300)
        if SOAK:
            chaos.steady(SECONDS * 0.25)
            chaos.converge(120 if not SOAK else 300)
        # Of each killed worker RQ keeps a handful for minutes, and the job it was at for a day.
        assert chaos.redis_keys() < 50 + 3 * sum(chaos.report.done.values()), "nothing piles up in Redis"
        assert chaos.wal_megabytes() < 64, "nothing piles up before SQLite's file"
    finally:
        chaos.close()
        print(chaos.report.line())
    with database.read() as session:
        assert invariants.audit(session) == []
        comments, decisions, deliveries = (
            session.scalar(select(func.count()).select_from(kind)) for kind in (Comment, Decision, Delivery)
        )
        sources = set(session.scalars(select(Decision.source)))
    arrived = receiver.ids("/hooks")
    lost, doubled = chaos.report.comments - decisions, max(decisions, deliveries) - chaos.report.comments
    print(
        f"{chaos.report.comments} accepted: {lost} lost, {doubled} doubled; converged after"
        f" {chaos.report.converged_after:.1f} s; {len(set(arrived))} callbacks arrived, {len(arrived)} times in all"
    )
    assert (comments, decisions, deliveries) == (chaos.report.comments,) * 3
    assert sources == {Source.POLICY}, "none was given up on"
    assert len(set(arrived)) == comments, "each callback arrived, at least once"
    assert len(chaos.report.done) >= 4, "little was done to it"
