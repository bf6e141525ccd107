"""No automatic rejection without a statement of reasons: a sentence of the site's, the ground, and how to object."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from service.db import Database
from service.models import Comment, Delivery, LegalGround, RejectionReason, Site
from service.moderation.callbacks import payloads
from service.moderation.decisions import decisions, record
from service.moderation.judgement import statements
from service.moderation.judgement.author_treatment import AuthorFacts
from service.moderation.judgement.judgement import Facts, Judgement, judge
from service.moderation.policy.rules import Rules, Threshold
from service.moderation.readers import messages
from service.moderation.text.personal_data import PersonalData
from service.moderation.text.terms import TermHit
from service.vocabulary import Attribute, Reason, Standing, Verdict
from tests.support.comments import TEXT, submit, take
from tests.support.outbox import listen

RULES = Rules(
    thresholds={attribute: Threshold(reject_at=0.9) for attribute in Attribute}, repeats="reject",
    blocked_hosts=("pills.example",), personal_data="reject",
)  # fmt: skip
PLAIN = Facts(length=100, scores={Attribute.TOXICITY: 0.01, Attribute.OFF_TOPIC: 0.01})
HOUSE = "We do not publish this. See our rules at news.example/rules."


def rejected() -> Iterator[tuple[str, Judgement]]:
    """Yield a judgement for everything that rejects, by its name."""
    for attribute in Attribute:
        yield attribute.value, judge(replace(PLAIN, scores={Attribute.TOXICITY: 0.01, attribute: 0.97}), RULES)
    off_topic = {Attribute.TOXICITY: 0.01, Attribute.OFF_TOPIC: 0.97}
    blocked = AuthorFacts(standing=Standing.BLOCKED)
    for reason, facts in {
        Reason.ADVERT: replace(PLAIN, scores=off_topic, advert=0.9),
        Reason.DUPLICATE: replace(PLAIN, repeat_of="c-0"),
        Reason.BLOCKED_TERM: replace(PLAIN, blocked_terms=(TermHit(term="crock", start=1, end=6),)),
        Reason.BLOCKED_LINK: replace(PLAIN, links=("pills.example",)),
        Reason.PERSONAL_DATA: replace(PLAIN, personal_data=(PersonalData(start=0, end=4, kind="card number"),)),
        Reason.TOO_SHORT: replace(PLAIN, length=12),
        Reason.TOO_LONG: replace(PLAIN, length=99_999),
        Reason.AUTHOR_BLOCKED: replace(PLAIN, author=blocked),
    }.items():
        yield reason.value, judge(facts, RULES)


REJECTED = dict(rejected())


def reject(
    database: Database, site: Site, judgement: Judgement, name: str = "c-1"
) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Let the policy reject a comment; return what the callback, the API and the author's form say of it."""
    comment = submit(database, site.id, name, f"{TEXT} {name}")
    claim = take(database)
    assert claim is not None
    with database.write() as session:
        current = session.get_one(Comment, comment.id)
        decisions.record_judgement(session, current, judgement, token=claim.token, policy_version=3, vector=None)
        delivery = session.scalars(select(Delivery).where(Delivery.comment_id == comment.id)).one()
        told = payloads.payload(session, delivery)["data"]
        return told, record.present(session, current), messages.sentence(session, current)


def test_whatever_can_reject_is_tried_here() -> None:
    assert {name for name, judgement in REJECTED.items() if judgement.verdict is not Verdict.REJECT} == set()
    assert REJECTED.keys() == statements.FITTING.keys() - statements.ONLY_HOLDING


def test_what_the_policy_rejects_leaves_with_the_sites_sentence_its_ground_and_redress(
    database: Database, site: Site
) -> None:
    listen(database, site)
    own = {"ground": LegalGround.ILLEGAL, "provision": "§ 1", "redress": "Write to us."}
    with database.write() as session:
        for code in set(statements.FITTING.values()):
            row = RejectionReason(site_id=site.id, code=code, label="House", sentence=f"{HOUSE} ({code})", **own)
            row.active = code == "spam"  # what moderators are not offered is the site's sentence all the same
            session.add(row)
    for name, judgement in REJECTED.items():
        told, shown, message = reject(database, site, judgement, name)
        first = told["reasons"][0]
        assert own.items() <= first.items(), name
        assert first["sentence"] == message == f"{HOUSE} ({statements.FITTING[name]})"
        assert (first["automated_detection"], first["automated_decision"]) == (True, True)
        assert shown["reasons"] == shown["decisions"][0]["reasons"] == told["reasons"]
        assert first["text"] == judgement.reasons[0].as_record()["text"], "moderators read the numbers as before"


def test_a_site_without_words_of_its_own_has_a_sentence_without_numbers_for_everything_that_rejects(
    database: Database, site: Site
) -> None:
    listen(database, site)
    told, _, message = reject(database, site, REJECTED[Attribute.THREAT])
    assert told["reasons"][0]["sentence"] == message == "Your comment threatens a person or calls for violence."
    with database.read() as session:
        for judgement in REJECTED.values():
            stated = statements.automatic(session, site.id, judgement.reasons[0].as_record())
            assert not re.search(r"\d", stated["sentence"])
            assert all(stated[field] for field in ("sentence", "ground", "redress"))
            assert stated["automated_decision"] is True
        unheard_of = statements.automatic(session, site.id, {"code": "of a later version"})
    assert unheard_of["sentence"] == "Your comment breaks the rules of this page."


def test_what_is_held_states_nothing_to_its_author_yet(database: Database, site: Site) -> None:
    listen(database, site)
    held = judge(replace(PLAIN, disguised=True), RULES)
    told, _, message = reject(database, site, held)
    assert "sentence" not in told["reasons"][0]
    assert message is None
