"""Sites, workers, moderators and upkeep: what each may do in any order, and what holds after every step.

Time passes by moving the times in the rows, since leases are compared with the database's own clock.
"""

import contextlib
from collections import defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import delete, func, select, update

from service.db import Database, database_now
from service.errors import Conflict, NotFound
from service.models import Comment, Decision, Delivery, DeliveryState, Endpoint, Moderator, Site
from service.moderation.actors import of_moderator
from service.moderation.callbacks import deliveries, endpoints
from service.moderation.callbacks.attempts import Reply
from service.moderation.callbacks.deliveries import Claimed
from service.moderation.decisions import claims, decisions
from service.moderation.decisions.claims import Claim
from service.moderation.decisions.decisions import Fenced
from service.moderation.erasure import erasing, retention
from service.moderation.intake import intake
from service.moderation.intake.intake import Submission
from service.moderation.policy.rules import Rules
from service.moderation.upkeep import clock_steps, invariants
from service.outside.addresses import Allowances
from service.vocabulary import AttemptOutcome, CommentStatus, Verdict
from tests.support.actors import CMS
from tests.support.clock import SteppedClock
from tests.support.comments import TEXT, judged

MAX_ATTEMPTS = 3
HOUR, DAY = 3_600, 86_400
LEASE = UNDO = 500  # seconds; so long that on a slow machine none runs out by itself, and a history is always the same
names = st.integers(0, 4).map(lambda number: f"c-{number}")
verdicts = st.sampled_from(list(Verdict))
replies = st.sampled_from(
    [
        Reply(outcome=AttemptOutcome.DELIVERED, status=200),
        Reply(outcome=AttemptOutcome.REFUSED, status=500),
        Reply(outcome=AttemptOutcome.TIMED_OUT),
        Reply(outcome=AttemptOutcome.GONE, status=410),
    ]
)


class Moderation(RuleBasedStateMachine):
    """Sites, workers, moderators and upkeep, each acting when it likes."""

    database: Database
    clock: SteppedClock

    @initialize()
    def begin(self) -> None:
        self.clock.set(0)
        self.accepted: set[str] = set()
        self.held: list[tuple[Claim, dict[str, Comment]]] = []  # claims, with the comments as they were read
        self.pages: list[Comment] = []  # what moderators have on their screens
        self.sending: list[Claimed] = []
        self.told: dict[str, list[int]] = defaultdict(list)  # sequences that arrived, by comment
        with self.database.write() as session:
            session.execute(delete(Site))
            site = Site(slug="gazette", name="The Gazette")
            session.add(site)
            session.flush()
            ada = session.scalar(select(Moderator)) or Moderator(email="ada@example.org", name="Ada")
            session.add(ada)
            session.flush()
            self.site_id, self.ada = site.id, of_moderator(ada)
            endpoint = endpoints.register(session, site.id, "https://cms.example/", allowed=Allowances())
            self.endpoint_id = endpoint.id

    # What the site does.

    @rule(name=names, words=st.integers(0, 1))
    def submit(self, name: str, words: int) -> None:
        submission = Submission(id=name, text=f"{TEXT} {words}", author_id=f"a-{words}")
        with contextlib.suppress(Conflict), self.database.write() as session:
            intake.accept(session, self.site_id, submission, Rules())
            self.accepted.add(name)

    @rule(name=names, words=st.integers(0, 3))
    def edit(self, name: str, words: int) -> None:
        with contextlib.suppress(Conflict, NotFound), self.database.write() as session:
            intake.edit(session, self.site_id, name, f"{TEXT} {words}", Rules())

    @rule(name=names)
    def erase(self, name: str) -> None:
        with contextlib.suppress(NotFound), self.database.write() as session:
            erasing.erase_comment(session, self.site_id, name, by=CMS)

    @rule(author=st.integers(0, 1))
    def erase_author(self, author: int) -> None:
        with self.database.write() as session:
            erasing.erase_author(session, self.site_id, f"a-{author}", by=CMS)

    # What workers do, and what befalls them.

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        with self.database.write() as session:
            claim = claims.claim(session, limit=limit, lease_seconds=LEASE, max_attempts=MAX_ATTEMPTS)
            if claim is not None:
                read = {comment_id: session.get_one(Comment, comment_id) for comment_id in claim.comment_ids}
                self.held.append((claim, read))

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9), verdict=verdicts)
    def finish(self, which: int, verdict: Verdict) -> None:
        """In time or late: only the token decides whether it counts."""
        claim, read = self.held.pop(which % len(self.held))
        for comment in read.values():
            with contextlib.suppress(Fenced), self.database.write() as session:
                decisions.record_judgement(
                    session, comment, judged(verdict), token=claim.token, policy_version=0, vector=None
                )

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9), verdict=verdicts)
    def finish_and_try_again(self, which: int, verdict: Verdict) -> None:
        """Committed, but the worker does not know it: the same record a second time is fenced."""
        self.held.append(self.held[which % len(self.held)])
        self.finish(which, verdict)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9))
    def crash(self, which: int) -> None:
        self.held.pop(which % len(self.held))

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9))
    def stop(self, which: int) -> None:
        claim, read = self.held.pop(which % len(self.held))
        with self.database.write() as session:
            claims.release(session, claim, tuple(read))

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9))
    def break_down(self, which: int) -> None:
        claim, read = self.held.pop(which % len(self.held))
        with self.database.write() as session:
            for comment_id in read:
                claims.postpone(session, claim.token, comment_id, seconds=LEASE)

    @rule()
    def time_passes(self) -> None:
        with self.database.write() as session:
            session.execute(update(Comment).values(wake_at=database_now(-1)))
            for kind in (Comment, Delivery):
                held = kind.claimed_until.is_not(None)
                session.execute(update(kind).where(held).values(claimed_until=database_now(-1)))
            session.execute(update(Delivery).values(next_attempt_at=database_now(-1)))
            session.execute(update(Endpoint).values(paused_until=None))

    @rule(ahead=st.sampled_from([-2 * DAY, -HOUR, 0, HOUR, 2 * DAY]))
    def set_clock(self, ahead: int) -> None:
        """The database's clock is wrong, or put right again."""
        self.clock.set(ahead)

    @rule()
    def sweep(self) -> None:
        with self.database.write() as session:
            # As many attempts as put nothing off by less than the lease that stands for a pause here.
            clock_steps.pull_back(session, max_attempts=10, lease_seconds=LEASE, delivery_lease_seconds=LEASE)
            claims.give_up(session, max_attempts=MAX_ATTEMPTS)
            deliveries.give_up(session)
            retention.prune(session)

    # What moderators do.

    @rule(name=names)
    def look(self, name: str) -> None:
        with self.database.read() as session:
            comment = intake.find(session, self.site_id, name)
            if comment is not None:
                self.pages.append(comment)

    @precondition(lambda self: self.pages)
    @rule(which=st.integers(0, 9), verdict=verdicts, delay=st.sampled_from([0, UNDO]), undo=st.booleans())
    def decide(self, which: int, verdict: Verdict, delay: int, undo: bool) -> None:
        page = self.pages[which % len(self.pages)]
        with contextlib.suppress(Conflict), self.database.write() as session:
            decision = decisions.record_moderator(
                session, session.get_one(Comment, page.id), verdict,
                expected_version=page.version, by=self.ada, callback_delay=delay,
            )  # fmt: skip
            if decision is not None and undo:
                session.flush()
                comment = session.get_one(Comment, page.id, populate_existing=True)
                decisions.undo(session, comment, decision, expected_version=comment.version, by=self.ada)

    # What the delivery worker does.

    @rule(limit=st.integers(1, 4))
    def take_deliveries(self, limit: int) -> None:
        with self.database.write() as session:
            self.sending += deliveries.claim(session, limit=limit, lease_seconds=LEASE)

    @precondition(lambda self: self.sending)
    @rule(which=st.integers(0, 9), reply=replies, dies=st.booleans())
    def send(self, which: int, reply: Reply, dies: bool) -> None:
        claimed = self.sending.pop(which % len(self.sending))
        if reply.outcome is AttemptOutcome.DELIVERED and claimed.delivery.comment_id:
            self.told[claimed.delivery.comment_id].append(claimed.delivery.sequence)
        if not dies:
            with self.database.write() as session:
                deliveries.settle(session, claimed, reply)

    @rule()
    def switch_on(self) -> None:
        with self.database.write() as session:
            endpoints.enable(session.get_one(Endpoint, self.endpoint_id))

    # What must hold after each step.

    @invariant()
    def every_promise_holds(self) -> None:
        with self.database.read() as session:
            assert invariants.audit(session, slo_seconds=10 * DAY) == []  # by a clock that is set by days

    @invariant()
    def nothing_accepted_is_lost(self) -> None:
        with self.database.read() as session:
            assert set(session.scalars(select(Comment.external_id))) == self.accepted

    @invariant()
    def at_most_one_worker_holds_a_comment(self) -> None:
        with self.database.read() as session:
            tokens = session.execute(
                select(Comment.id, Comment.claim_token).where(Comment.claimed_until > database_now())
            ).all()
        for comment_id, token in tokens:
            owners = {claim.token for claim, read in self.held if comment_id in read and claim.token == token}
            assert len(owners) <= 1

    def teardown(self) -> None:
        """Let every worker live again: whatever happened, each comment then comes to a verdict, each callback
        arrives."""
        if not hasattr(self, "site_id"):
            return
        self.time_passes()
        for _ in range(40):
            self.claim(4)
            if not self.held:
                break
            self.finish(0, Verdict.APPROVE)
        self.sweep()
        with self.database.read() as session:
            pending = select(func.count()).where(Comment.status == CommentStatus.PENDING)
            assert session.scalar(pending) == 0, "a comment was accepted and has no verdict"
        self._deliver_the_rest()
        self.every_promise_holds()

    def _deliver_the_rest(self) -> None:
        # A worker that was only slow, and not dead, may still settle; then others take what is left.
        self.sending.clear()
        for _ in range(200):
            self.switch_on()
            self.time_passes()
            self.sweep()
            self.take_deliveries(4)
            if not self.sending:
                break
            while self.sending:
                self.send(0, Reply(outcome=AttemptOutcome.DELIVERED, status=200), False)
        with self.database.read() as session:
            waiting = select(func.count()).where(Delivery.state == DeliveryState.WAITING)
            assert session.scalar(waiting) == 0, "a callback is owed for ever"
            owed = select(func.count()).where(Delivery.decision_id.is_not(None))
            told = select(func.count()).where(Decision.undoes.is_(None))
            assert session.scalar(owed) == session.scalar(told)
        for sequences in self.told.values():
            firsts = list(dict.fromkeys(sequences))
            assert firsts == sorted(firsts), "a later verdict arrived before an earlier one"
