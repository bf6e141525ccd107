"""Replays in the interactive worker: a job is a hint, a broken replay holds up no other, an orphan is woken for."""

import pytest
from sqlalchemy import update

from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import Replay, ReplayState, Site
from service.moderation.trials import replay_looking
from service.queues import INTERACTIVE, REPLAY, Queues
from tests.support.interactive import jobs_of
from tests.support.replays import STRICTER, Past
from workers import replays, upkeep
from workers.runtime import Runtime


@pytest.fixture
def past(database: Database, site: Site, settings: Settings, queues: Queues) -> Past:
    return Past(database, site, settings, queues)


def begun(database: Database, site: Site) -> Replay:
    with database.write() as session:
        replay = Replay(
            site_id=site.id, policy_version=0, days=7, since=database_now(-86_400), actor_kind="moderator",
            worked_at=database_now(-60),
        )  # fmt: skip
        session.add(replay)
    return replay


def test_a_wake_up_begins_in_the_interactive_worker_and_carries_nothing(queues: Queues) -> None:
    assert queues.wake(REPLAY)
    (job,) = jobs_of(queues.redis)
    assert (job.func_name, list(job.args), job.origin) == ("workers.jobs.replay", [], INTERACTIVE)


@pytest.mark.one_database
def test_a_replay_that_nobody_works_on_is_woken_for(past: Past, database: Database, queues: Queues, site: Site) -> None:
    runtime = Runtime(past.settings, "upkeep", database, queues)
    replay = begun(database, site)
    upkeep.once(runtime)
    assert "workers.jobs.replay" in [job.func_name for job in jobs_of(queues.redis)]
    with database.write() as session:  # a worker is at it
        session.execute(update(Replay).where(Replay.id == replay.id).values(worked_at=database_now()))
    queues.redis.flushall()
    upkeep.once(runtime)
    assert "workers.jobs.replay" not in [job.func_name for job in jobs_of(queues.redis)]


@pytest.mark.one_database
def test_a_replay_that_fails_leaves_the_others_their_turn(
    past: Past, database: Database, site: Site, other_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = replay_looking.read

    def fail_at_home(session, row, rules, **more):
        if row.site_id == site.id:
            raise RuntimeError("the text of a comment")
        return read(session, row, rules, **more)

    monkeypatch.setattr(replay_looking, "read", fail_at_home)
    broken, fine = begun(database, site), begun(database, other_site)
    replays.begin(past.runtime).join()
    assert past.read(fine.id).state is ReplayState.READY
    assert past.read(broken.id).state is ReplayState.LOOKING


@pytest.mark.one_database
def test_a_worker_that_is_told_to_stop_ends_between_two_parts(past: Past) -> None:
    past.comments([0.25] * 3)
    past.activate(STRICTER)
    runtime = past.runtime
    runtime.stopping = lambda: True
    begun(past.database, past.site)
    assert replays.drain(runtime) == 0
