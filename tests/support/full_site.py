"""A site on which none of the pages of tests/support/pages.py is empty."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts import keys
from service.clock import utc_now
from service.db import Database
from service.models import (
    Appeal,
    Comment,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    InboundState,
    InboundWebhook,
    LegalNoticeKind,
    LegalNoticeState,
    Moderator,
    Precedent,
    RejectionReason,
    Replay,
    ReplayComment,
    ReplayState,
    Report,
    Reporter,
    SavedView,
    Site,
    WebhookSource,
)
from service.moderation.actors import SERVICE, of_moderator
from service.moderation.authors import standing as standings
from service.moderation.intake.articles import ArticleSubmission
from service.moderation.legal_notices import deciding, receiving
from service.moderation.legal_notices.deciding import NoticeDecision
from service.moderation.legal_notices.receiving import Submitted
from service.moderation.policy import policies, schedule
from service.moderation.policy.overrides import Override, ReplacedRules, Target
from service.moderation.policy.rules import Rules, Threshold
from service.moderation.review import actions, appeals, second_looks
from service.moderation.review.deciding import Ruling
from service.moderation.text.cleaning import one_line
from service.moderation.text.terms import TermList
from service.moderation.trials import shadow
from service.vocabulary import Attribute, CommentStatus, Event, Scope, Standing, Verdict
from tests.support.actors import LEA
from tests.support.held import SAID, Said, hold
from tests.support.pages import Stage


def fill(database: Database, site: Site, person: Moderator, other: Moderator, texts: Sequence[str], /) -> Stage:
    """Put each of `texts` (eight or more) wherever somebody outside, or a colleague, can put one at this site.

    `person` decides on some and `other` on the rest, so that either finds appeals and second looks of the other's.
    """
    names = [text[:190] for text in texts]
    comments = [_held(database, site, number, text) for number, text in enumerate(texts)]
    with database.write() as session:
        rules = [
            Rules(
                name=names[number % len(names)][:100].strip() or "Rules",
                thresholds={Attribute.TOXICITY: Threshold(hold_at=0.3 + number / 10, reject_at=0.9)},
                blocked_terms=_terms(texts[: 4 + number]),
                suspect_terms=_terms(texts[4:]),
                overrides=_overrides(texts[5]),
            )
            for number in range(4)
        ]
        for number in range(2):
            policies.activate(session, site.id, rules[number], author=names[number])
        shadow.start(session, site.id, rules[2], author=names[2])
        schedule.plan(session, site.id, rules[3], at=utc_now() + timedelta(days=2), actor=LEA)
        for number, text in enumerate(texts):
            session.add(
                RejectionReason(
                    site_id=site.id, code=f"own-{number}", position=number, label=names[number][:80], sentence=text,
                    provision=names[number], redress=text,
                )
            )  # fmt: skip
        for moderator in (person, other):
            view = SavedView(site_id=site.id, moderator_id=moderator.id, name=names[5][:60], query="order=severe")
            session.add(view)
        session.flush()
        for number, (comment, by) in enumerate(zip(comments[:4], (person, other, other, other), strict=True)):
            ruling = Ruling(
                verdict=Verdict.REJECT, reason=f"own-{number}", note=texts[number],
                second_look_percent=100,
            )  # fmt: skip
            actions.decide(session, site.id, by, comment.id, comment.version, ruling, undo_seconds=10)
        for comment, text in zip(comments[1:3], texts[1:3], strict=True):
            appeals.lodge(session, session.get_one(Comment, comment.id), text, by=SERVICE)
        appeal = session.scalars(select(Appeal).where(Appeal.comment_id == comments[2].id)).one()
        appeals.decide(session, site.id, person, appeal.id, overturn=False, answer=texts[2])
        _legal_notices(session, site, person, texts)
        actions.escalate(session, site.id, other, comments[4].id, texts[4])
        actions.add_note(session, site.id, other, comments[5].id, texts[5])
        for place, decided in enumerate(comments[:3], 1):
            session.add(
                Precedent(comment_id=comments[5].id, place=place, revision=1, decided_id=decided.id, similarity=0.8)
            )
        for number, text in enumerate(texts[:3]):
            mark = str(number)
            session.add(
                Report(
                    site_id=site.id, comment_id=comments[5].id, revision=1, kind="other", words=text, reporter=mark,
                    from_form=number == 1,
                )
            )  # fmt: skip
            session.add(Reporter(site_id=site.id, mark=mark, upheld=number, not_upheld=1))
        standings.set_to(
            session, site.id, f"5 {texts[5][:180]}", Standing.BLOCKED, reason=texts[5][:200], until=None,
            by=of_moderator(other),
        )  # fmt: skip
        keys.create(session, site.id, names[6][:100], scopes=(Scope.SUBMIT,), expires_at=utc_now())
        endpoint, delivery, source = _callbacks(session, site, names, texts)
        replay = _replay(session, site, names[7], comments)
    with database.read() as session:
        assert second_looks.next_for(session, site.id, person.id) is not None
    return Stage(
        site.slug,
        comments[5].id,
        comments[1].id,
        comments[4].id,
        quote(f"5 {texts[5][:180]}"),
        endpoint,
        delivery,
        source,
        replay,
    )


def _overrides(text: str) -> list[Override]:
    """Return an override for the section and one for the article of the fifth text."""
    return [
        Override(target=Target(section=_section(text)), rules=ReplacedRules(link_limit=1)),
        Override(target=Target(article=f"5 {text[:180]}"), rules=ReplacedRules(pre_moderation=True)),
    ]


def _section(text: str) -> str:
    return one_line(text)[:100].strip() or "Politics"


def _held(database: Database, site: Site, number: int, text: str) -> Comment:
    """Hold a comment whose text, author, article and ids are all `text`; every third reads as severe."""
    article = ArticleSubmission(
        id=f"{number} {text[:180]}",
        title=text[:300],
        key_points=(text[:300], "A second point."),
        body=text,
        language="en",
        section=_section(text),
    )
    kind = SAID[number % len(SAID)]
    relevance = {"passage": text[:300], "passage_kind": "key_point", "similarity": 0.2}
    said = Said(text, text[:190], kind.scores, marks=(text[:12],), findings={"relevance": relevance})
    return hold(
        database, site.id, number, said=said, text=text, id=f"{number} {text[:180]}",
        author_id=f"{number} {text[:180]}", author_name=text[:190], article=article,
    )  # fmt: skip


def _legal_notices(session: Session, site: Site, person: Moderator, texts: Sequence[str]) -> None:
    """Leave one open that names a comment, one open that names none, and one decided."""
    locations = (f"6 {texts[6][:180]}", texts[3][:300], f"7 {texts[7][:180]}")
    for location, text in zip(locations, texts, strict=False):
        said = {
            "location": location,
            "explanation": f"{text} {'.' * 30}",
            "name": text[:150],
            "email": "ada@gazette.example",
        }
        submitted = Submitted(kind=LegalNoticeKind.OTHER, good_faith=True, **said)
        legal_notice = receiving.receive(session, site.id, submitted, by=SERVICE)
    version = session.get_one(Comment, legal_notice.comment_id).version if legal_notice.comment_id else None
    left = NoticeDecision(
        state=LegalNoticeState.LEFT_PUBLISHED, answer=texts[1], redress=texts[2][:300], version=version
    )
    deciding.decide(session, site.id, person, legal_notice.id, left, undo_seconds=600)


def _replay(session: Session, site: Site, name: str, comments: Sequence[Comment]) -> str:
    """List the comments for a lead to pick from, each with a reason that quotes a term of the site's."""
    kind = "rejected>approve"
    replay = Replay(
        site_id=site.id, policy_version=2, days=7, since=utc_now() - timedelta(days=7), state=ReplayState.READY,
        actor_kind="moderator", actor=name, looked=len(comments), kinds={kind: len(comments)},
    )  # fmt: skip
    session.add(replay)
    session.flush()
    for comment in comments:
        session.add(
            ReplayComment(
                replay_id=replay.id, comment_id=comment.id, version=comment.version, kind=kind,
                from_status=CommentStatus.REJECTED, verdict=Verdict.APPROVE,
                reasons=[{"code": "suspect_term", "verdict": "hold", "text": name}],
            )
        )  # fmt: skip
    return replay.id


def _terms(texts: Sequence[str]) -> list[str]:
    found = []
    for text in texts:
        term = " ".join("".join(character for character in text[:200] if character.isprintable()).split())
        try:
            TermList.compile([term])
        except ValueError:  # nothing is left of it once disguises are undone
            continue
        found.append(term)
    return found


def _callbacks(session: Session, site: Site, names: Sequence[str], texts: Sequence[str]) -> tuple[str, str, str]:
    endpoint = Endpoint(
        site_id=site.id, url="https://cms.example/hook?" + names[0], description=names[1], secrets=[],
        state=EndpointState.DISABLED, disabled_reason=texts[2][:300],
    )  # fmt: skip
    source = WebhookSource(site_id=site.id, name=names[3][:100], style="standard", secrets=[], preset="moderato")
    session.add_all([endpoint, source])
    session.flush()
    deliveries = [
        Delivery(
            site_id=site.id, endpoint_id=endpoint.id, event=next(iter(Event)), sequence=number,
            state=DeliveryState.FAILED, attempts=10, next_attempt_at=utc_now() - timedelta(hours=1),
        )
        for number in range(2)
    ]  # fmt: skip
    session.add_all(deliveries)
    session.flush()
    for number in range(2):
        session.add(
            InboundWebhook(
                source_id=source.id, mark=f"m-{number}", state=InboundState.DEAD, reason=texts[number][:300],
                event=names[number][:100], body=texts[number], headers="{}",
            )
        )  # fmt: skip
    return endpoint.id, deliveries[0].id, source.id
