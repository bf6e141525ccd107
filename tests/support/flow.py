"""A comment's way from a pending row to its verdict, by a worker in this process."""

from sqlalchemy import select, update

from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import Comment, Decision, Site
from service.moderation.intake import intake
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.intake.intake import Submission
from service.moderation.policy import policies
from service.queues import Queues
from tests.support.classifiers import ScriptedClassifiers
from workers import classification
from workers.runtime import Runtime

TEXT = "The trial on the market street should run for a whole year before anybody votes."
ARTICLE = ArticleSubmission(
    id="a-1", title="Council votes on a car-free market street", body="The trial starts in May."
)


class Flow:
    """One site, one worker in this process."""

    def __init__(self, database: Database, queues: Queues, settings: Settings, site: Site) -> None:
        self.database, self.site = database, site
        self.runtime = Runtime(settings, "classification", database, queues, ScriptedClassifiers())

    def scripted(self, **how: object) -> ScriptedClassifiers:
        self.runtime.classifiers = classifiers = ScriptedClassifiers(**how)  # type: ignore[arg-type]
        return classifiers

    def accept(self, external_id: str, text: str = TEXT, *, refuse_length: bool = True, **fields: object) -> str:
        with self.database.write() as session:
            rules = policies.active(session, self.site.id).rules
            submission = Submission(id=external_id, text=text, **fields)  # type: ignore[arg-type]
            accepted = intake.accept(session, self.site.id, submission, rules, refuse_length=refuse_length)
            return accepted.comment.id

    def drain(self) -> int:
        return classification.drain(self.runtime)

    def comment(self, comment_id: str) -> Comment:
        with self.database.read() as session:
            comment = session.get(Comment, comment_id)
            assert comment is not None
            return comment

    def decisions(self, comment_id: str) -> list[Decision]:
        with self.database.read() as session:
            return list(session.scalars(select(Decision).where(Decision.comment_id == comment_id)))

    def expire_waits(self) -> None:
        """Let every back-off and lease end now."""
        with self.database.write() as session:
            session.execute(update(Comment).values(wake_at=database_now(-1), claimed_until=None, claim_token=None))
