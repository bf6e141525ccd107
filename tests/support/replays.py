"""A past that another policy would decide otherwise, and replays of it step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from service.clock import utc_now
from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import Comment, Moderator, Replay, ReplayAct, ReplayComment, ReplayOutcome, ReplayState, Site
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.moderation.trials import replay as replays
from service.moderation.trials.replay import Picked
from service.queues import INTERACTIVE, Queues
from service.vocabulary import Attribute, CommentStatus, Verdict
from tests.support.actors import LEA
from tests.support.history import History
from workers import replays as worker
from workers.runtime import Runtime

# Of the past below, the built-in policy approves 0.25 and rejects 0.95.
STRICTER = Rules.model_validate({"name": "Stricter", "thresholds": {"toxicity": {"hold_at": 0.2, "reject_at": 0.6}}})
MILDER = Rules.model_validate({"name": "Milder", "thresholds": {"toxicity": {"hold_at": 0.97}}})
TEXT = "Remark {} on the old bridge, which the council wants to rebuild in spring."


@dataclass
class Past:
    """A site with comments, and what is done to them."""

    database: Database
    site: Site
    settings: Settings
    queues: Queues

    def comments(self, scores: Sequence[float], *, verdict: Verdict | None = None, by: str = "Anna") -> list[str]:
        """Add a comment for each score of toxicity, a minute apart; with `verdict`, each decided by a moderator."""
        with self.database.write() as session:
            history = History(session, self.site)
            history._number = session.query(Comment).count()
            anna: Moderator | None = None
            if verdict is not None:
                anna = session.scalar(select(Moderator).where(Moderator.name == by)) or history.moderator(by)
            return [
                history.comment(
                    utc_now() - timedelta(hours=1, minutes=number),
                    scores={Attribute.TOXICITY: score},
                    text=TEXT.format(number),
                    decided_by=anna,
                    verdict=verdict,
                ).id
                for number, score in enumerate(scores)
            ]

    def activate(self, rules: Rules) -> int:
        with self.database.write() as session:
            return policies.activate(session, self.site.id, rules, author="Lea").version

    def look(self, days: int = 7) -> Replay:
        """Begin a replay and have a worker make its list."""
        with self.database.write() as session:
            begun = replays.start(session, self.site.id, days, by=LEA, default_days=90)
        self.work()
        return self.read(begun.id)

    def apply(self, replay: Replay, act: ReplayAct = ReplayAct.APPLY, **picked: object) -> Replay:
        """Apply it whole, or what is `picked`."""
        self.order(replay, act, **picked)
        self.work()
        return self.read(replay.id)

    def order(self, replay: Replay, act: ReplayAct = ReplayAct.APPLY, **picked: object) -> None:
        with self.database.write() as session:
            what = Picked(act=act, **picked)  # type: ignore[arg-type]
            replays.apply(session, self.site.id, replay.id, what, by=LEA, based_on=replay.policy_version)

    def undo(self, replay: Replay) -> Replay:
        with self.database.write() as session:
            replays.undo(session, self.site.id, replay.id, by=LEA)
        self.work()
        return self.read(replay.id)

    def work(self) -> int:
        """Do what waits, as the interactive worker does."""
        return worker.drain(self.runtime)

    def pass_time(self) -> None:
        """Let so much time pass that nobody seems to work on a replay."""
        with self.database.write() as session:
            session.execute(update(Replay).values(worked_at=database_now(-60)))

    @property
    def runtime(self) -> Runtime:
        return Runtime(self.settings, INTERACTIVE, self.database, self.queues)

    def read(self, replay_id: str) -> Replay:
        with self.database.read() as session:
            return session.get_one(Replay, replay_id)

    def comment(self, comment_id: str) -> Comment:
        with self.database.read() as session:
            return session.get_one(Comment, comment_id)

    def statuses(self, ids: Sequence[str]) -> list[str]:
        return [self.comment(comment_id).status.value for comment_id in ids]

    def listed(self, replay: Replay) -> dict[str, str]:
        """Return the kind of change of each comment on the list."""
        with self.database.read() as session:
            rows = session.scalars(select(ReplayComment).where(ReplayComment.replay_id == replay.id))
            return {row.comment_id: row.kind for row in rows}

    def outcomes(self, replay: Replay) -> dict[str, ReplayOutcome]:
        with self.database.read() as session:
            rows = session.scalars(select(ReplayComment).where(ReplayComment.replay_id == replay.id))
            return {row.comment_id: row.outcome for row in rows}


def ready_replay(database: Database, site: Site, comment_id: str) -> Replay:
    """Return a replay by the policy in force with one comment on its list."""
    with database.write() as session:
        replay = Replay(
            site_id=site.id, policy_version=policies.active(session, site.id).version, days=7,
            since=utc_now() - timedelta(days=7), state=ReplayState.READY, actor_kind="moderator",
            kinds={"approved>hold": 1},
        )  # fmt: skip
        session.add(replay)
        session.flush()
        session.add(
            ReplayComment(
                replay_id=replay.id, comment_id=comment_id, version=session.get_one(Comment, comment_id).version,
                from_status=CommentStatus.APPROVED, verdict=Verdict.HOLD, kind="approved>hold",
            )
        )  # fmt: skip
    return replay
