"""Rules of trying a draft from the console: a worker does it, the page waits for a bounded time and keeps the draft."""

import pytest

from service.console.policy import form as policy_form
from service.console.policy import trying
from service.db import Database
from service.models import Site, WorkerBeat
from service.moderation.policy.rules import Rules
from service.queues import INTERACTIVE, TRIAL, Queues
from tests.support.console import Person, text_of
from tests.support.interactive import jobs_of

PAGE = "/console/sites/gazette/policy"
DRAFT = policy_form.fields_of(Rules(name="Keep me", blocked_terms=["snollygoster"])) | {"based_on": "0", "days": "7"}


@pytest.fixture
def busy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is alive and never gets to it."""
    monkeypatch.setattr(trying, "PATIENCE", 0.2)
    with database.write() as session:
        session.add(WorkerBeat(role=INTERACTIVE, host="here", pid=1))


def test_without_a_worker_the_page_says_so_at_once_and_keeps_the_draft(lea: Person) -> None:
    page = lea.post(f"{PAGE}/preview", DRAFT)
    assert page.status_code == 200
    assert "no interactive worker is responding" in text_of(page.text)
    assert 'value="Keep me"' in page.text
    assert lea.post(f"{PAGE}/terms", DRAFT).status_code == 503
    assert lea.get(f"{PAGE}/curves").status_code == 503


def test_past_the_deadline_the_page_says_what_to_do(busy: None, lea: Person) -> None:
    page = lea.post(f"{PAGE}/preview", DRAFT, headers={"HX-Request": "true"})
    assert page.status_code == 503
    assert "Choose fewer days" in text_of(page.text)


def test_what_is_tried_waits_sealed_and_the_job_carries_an_id(busy: None, lea: Person, queues: Queues) -> None:
    kept: list[bytes] = []
    before = queues.steady.delete
    queues.steady.delete = lambda *names: kept.extend(queues.steady.get(name) for name in names)  # type: ignore[assignment]
    lea.post(f"{PAGE}/terms", DRAFT)
    queues.steady.delete = before  # type: ignore[method-assign]
    (job,) = jobs_of(queues.redis)
    assert (job.func_name, len(job.args[0])) == (TRIAL, 32)
    (sealed,) = kept
    assert b"snollygoster" not in sealed


def test_a_page_waits_for_its_sites_share_of_the_places(
    busy: None, lea: Person, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "QUEUE_SECONDS", 0.0)
    taken = 0
    while trying._places.take(site.id):
        taken += 1
    try:
        assert taken < trying.MOST
        page = lea.post(f"{PAGE}/preview", DRAFT, headers={"HX-Request": "true"})
        assert "Other previews are running" in text_of(page.text)
    finally:
        for _ in range(taken):
            trying._places.give_back(site.id)
