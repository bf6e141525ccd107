"""Events of one comment in any order, doubled and late: the latest state wins, and a deleted comment stays deleted."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from service.clock import utc_now
from service.db import Database, new_id
from service.models import Article, Comment, Decision, Site, WebhookSource
from service.models.stored_ids import bare
from service.moderation.insight.counts import counters, recount
from service.moderation.insight.counts.periods import Period
from service.moderation.upkeep import invariants
from service.moderation.webhooks import events
from service.moderation.webhooks.events import CHANGED, DELETED, KNOWN, OLDER, SAME, EventOutcome
from service.moderation.webhooks.field_maps import Action, Mapped
from service.vocabulary import CommentStatus, Verdict
from tests.service.moderation.webhooks.test_inbound import add_source
from tests.support.comments import TEXT, classify

START = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Cms:
    """A CMS and one comment of it; `at` is the minute of a change, None where the CMS reports no time."""

    database: Database
    source: WebhookSource
    comment_id: str = "c-1"

    def reports(
        self,
        action: Action,
        text: str = TEXT,
        *,
        at: int | None = None,
        received: int = 60,
        article_id: str | None = None,
    ) -> EventOutcome:
        """Apply an event; `received` is the minute of its arrival."""
        changed_at = None if at is None else START + timedelta(minutes=at)
        mapped = Mapped(action=action, id=self.comment_id, text=text, changed_at=changed_at, article_id=article_id)
        with self.database.write() as session:
            return events.apply(session, self.source, mapped, received_at=START + timedelta(minutes=received))

    def stored(self) -> Comment:
        with self.database.read() as session:
            return session.scalars(select(Comment).where(Comment.external_id == self.comment_id)).one()


@pytest.fixture
def cms(database: Database, site: Site) -> Cms:
    return Cms(database, add_source(database, site))


Kind = Literal["edit", "delete", "restore"]


@dataclass(frozen=True)
class Change:
    action: Action
    text: str
    at: int


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """What a CMS does to one comment: created once, edited while it is shown, deleted and restored."""
    made, is_shown = [Change("create", f"{TEXT} 0", 0)], True
    for at in range(1, draw(st.integers(1, 6))):
        kind: Kind = draw(st.sampled_from(["edit", "delete"] if is_shown else ["restore"]))
        action: Action = {"edit": "submit", "delete": "erase", "restore": "restore"}[kind]  # type: ignore[assignment]
        is_shown = kind != "delete"
        # An author may write the same words again.
        made.append(Change(action, f"{TEXT} {draw(st.integers(0, 2))}" if is_shown else "", at))
    return made


@FEW
@given(st.data())
def test_in_whatever_order_they_arrive_the_last_state_wins(database: Database, site: Site, data: st.DataObject) -> None:
    cms = Cms(database, add_source(database, site), new_id())
    history = data.draw(histories())
    again = data.draw(st.lists(st.sampled_from(history), max_size=3))
    arriving = data.draw(st.permutations([*history, *again]))
    for received, one in enumerate(arriving, start=100):
        cms.reports(one.action, one.text, at=one.at, received=received)
    stored, last = cms.stored(), history[-1]
    is_erased = stored.erased_at is not None
    if last.action == "erase":
        assert is_erased
    elif is_erased:
        # An edit overtook the restore before it: its text was not kept, and an older one must not be judged instead.
        restored = [one.at for one in history if one.action == "restore"]
        assert restored
        assert any(one.action == "submit" and one.at > restored[-1] for one in history)
    else:
        assert stored.text == last.text
    assert stored.status is (CommentStatus.REJECTED if is_erased else CommentStatus.PENDING)
    with database.read() as session:
        assert invariants.audit(session) == []


def test_an_edit_back_and_forth_is_judged_each_time(cms: Cms) -> None:
    harmless, insult = f"{TEXT} A", f"{TEXT} B"
    outcomes = [cms.reports("create", harmless, received=1)]
    outcomes += [cms.reports("submit", text, received=n) for n, text in enumerate((insult, harmless, insult), start=2)]
    assert outcomes == [CHANGED] * 4
    assert (cms.stored().text, cms.stored().revision, cms.stored().status) == (insult, 4, CommentStatus.PENDING)


def test_a_late_create_changes_nothing_though_the_cms_reports_no_time(cms: Cms) -> None:
    cms.reports("submit", f"{TEXT} B", received=1)
    assert cms.reports("create", f"{TEXT} A", received=2) == KNOWN
    assert cms.stored().text == f"{TEXT} B"


def test_an_event_that_was_received_earlier_is_older_where_the_cms_reports_no_time(cms: Cms) -> None:
    cms.reports("submit", f"{TEXT} B", received=5)
    assert cms.reports("submit", f"{TEXT} A", received=3) == OLDER
    assert cms.reports("submit", f"{TEXT} B", received=7) == SAME


def test_a_delete_before_the_create_keeps_the_comment_out(cms: Cms, database: Database) -> None:
    assert cms.reports("erase", at=3) == CHANGED
    assert cms.reports("create", at=1) == OLDER
    assert cms.reports("create", received=90) == DELETED
    assert cms.reports("submit", at=4) == DELETED
    comment = cms.stored()
    assert (comment.text, comment.status) == ("", CommentStatus.REJECTED)
    with database.read() as session:
        assert session.scalars(select(Decision.to_status)).all() == [CommentStatus.REJECTED]


def test_a_restored_comment_is_a_new_revision_and_judged_again(cms: Cms, database: Database) -> None:
    cms.reports("create", at=1)
    classify(database, Verdict.APPROVE)
    cms.reports("erase", at=2)
    assert cms.reports("restore", f"{TEXT} Again.", at=3) == CHANGED
    comment = cms.stored()
    assert (comment.text, comment.revision, comment.status) == (f"{TEXT} Again.", 2, CommentStatus.PENDING)
    assert (comment.erased_at, comment.verdict) == (None, None)
    assert cms.reports("erase", at=2) == OLDER, "the delete comes a second time"


def test_a_restore_of_a_comment_that_was_never_seen_brings_it(cms: Cms) -> None:
    assert cms.reports("restore", at=3) == CHANGED
    assert cms.reports("create", f"{TEXT} Old.", at=1) == OLDER
    assert cms.stored().text == TEXT


def test_a_clock_far_ahead_keeps_no_later_event_out(cms: Cms) -> None:
    cms.reports("create", at=10**8, received=1)
    assert cms.reports("submit", f"{TEXT} B", received=5) == CHANGED


def test_a_comment_that_moves_to_another_article_takes_its_figures_along(cms: Cms) -> None:
    cms.reports("create", article_id="bridge")
    classify(cms.database)
    cms.reports("submit", article_id="tunnel")
    assert counted_by_article(cms) == {"tunnel/approve": 1}
    classify(cms.database, Verdict.HOLD)
    cms.reports("erase")
    cms.reports("restore", f"{TEXT} B", article_id="ferry")
    assert counted_by_article(cms) == {"ferry/approve": 1, "ferry/trouble": 1}
    cms.reports("submit", f"{TEXT} C", article_id="ferry")
    with cms.database.read() as session:
        assert recount.differences(session, most=10) == []


def counted_by_article(cms: Cms) -> dict[str, int]:
    """Return the kept counts of verdicts by the articles' own ids, and fold them."""
    period = Period(utc_now() - timedelta(days=1), utc_now() + timedelta(days=1), 900)
    with cms.database.write() as session:
        counters.fold(session)
        ids = {article.id: bare(article.external_id) for article in session.scalars(select(Article))}
        rows = counters.read(session, cms.source.site_id, "articles", period, by_step=False)
    counts = {row.key.partition("/"): row.amount for row in rows}
    return {f"{ids[article]}/{outcome}": amount for (article, _, outcome), amount in counts.items()}
