"""Workers and Redis are killed at random while comments come in: none lost, none decided or told twice.

`SOAK_SECONDS` makes it longer (`make soak`); the seed of a run is printed and `SOAK_SEED` brings it back.
"""

import os
import random

import pytest
from sqlalchemy import func, select

from service.db import Database
from service.models import Comment, Decision, Delivery, Endpoint, Site
from service.moderation import invariants
from service.vocabulary import Source
from tests.faults.conftest import endpoint, receiver
from tests.support.chaos import Chaos
from tests.support.receiver import Receiver
from tests.support.services import Services

__all__ = ["endpoint", "receiver"]

SECONDS = float(os.environ.get("SOAK_SECONDS", "20"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))


@pytest.mark.timeout(SECONDS * 2 + 240)
def test_whatever_is_killed_every_comment_comes_to_one_verdict_and_one_callback(
    services: Services, database: Database, site: Site, endpoint: Endpoint, receiver: Receiver
) -> None:
    chaos = Chaos(database, services, site.id, seed=SEED)
    try:
        chaos.rage(SECONDS)
        chaos.converge(120)
    finally:
        chaos.close()
        print(chaos.report)
    with database.read() as session:
        assert invariants.audit(session) == []
        comments, decisions, deliveries = (
            session.scalar(select(func.count()).select_from(kind)) for kind in (Comment, Decision, Delivery)
        )
        sources = set(session.scalars(select(Decision.source)))
    assert (comments, decisions, deliveries) == (chaos.report.comments,) * 3
    assert sources == {Source.POLICY}, "none was given up on"
    assert len(set(receiver.ids("/hooks"))) == comments, "each callback arrived, at least once"
    assert len(chaos.report.done) >= 4, "little was done to it"
