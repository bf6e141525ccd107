"""A verdict at once, by the site's policy, on a text that is not stored: for doors whose caller waits for one.

Nothing that takes stored comments is judged: repeats, floods, newcomers, earned trust, strikes. What the team has said
about an author counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.api.compat import scores
from service.api.keeper import Keeper
from service.clock import utc_now
from service.models import Article
from service.moderation.authors import standing as standings
from service.moderation.intake import articles
from service.moderation.judgement.author_treatment import AuthorFacts
from service.moderation.judgement.findings import Findings
from service.moderation.judgement.judgement import Facts, Judgement, judge, length_decides
from service.moderation.policy import policies
from service.moderation.policy.effective import effective
from service.moderation.policy.places import place_of
from service.moderation.policy.rules import Rules
from service.moderation.text.cleaning import clean
from service.moderation.text.length import length_up_to, short_of_words
from service.vocabulary import Attribute, Standing

OF_STORED_COMMENTS = ("hold_newcomers", "trust_after", "strike_limit", "flood_limit")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A text, and what its sender says about it."""

    text: str
    article_ids: tuple[str, ...] = ()  # as they are stored; the first that the site has
    article_address: str = ""
    author_id: str = ""
    by_staff: bool = False  # the sender says so
    of_any_length: bool = False  # no minimum length: the sender asks about spam


@dataclass(frozen=True)
class Judged:
    """What the policy says, by which facts."""

    judgement: Judgement
    facts: Facts
    scores: Mapping[Attribute, tuple[float, str, str]]  # with classifier and version


def judge_at_once(kept: Keeper, site_id: str, asked: Question, /) -> Judged:
    """Return the verdict of the site's policy; raise Unavailable where there are no scores in time."""
    text = clean(asked.text)
    with kept.context.database.read() as session:
        active = policies.active(session, site_id)
        article = next((one for it in asked.article_ids if (one := articles.find(session, site_id, it))), None)
        if article is None and asked.article_address:
            article = articles.find_at(session, site_id, asked.article_address)
        standing = standings.now(session, site_id, asked.author_id) if asked.author_id else None
        about = _about(article)
        place = place_of(article.external_id if article else "", article)
    here = effective(active.rules, place, utc_now())
    rules = _without_stored_comments(here.rules, of_any_length=asked.of_any_length)
    if standing is None and asked.by_staff:
        standing = Standing.STAFF
    facts = _before_scoring(text, rules, has_article=bool(about), author=AuthorFacts(standing=standing))
    if length_decides(facts, rules):
        return Judged(judge(facts, rules), facts, {})
    question = {
        "text": text,
        "policy": {"site_id": site_id, "version": active.version},
        "site_language": rules.default_language,
        "maximum_length": rules.maximum_length,
        **about,
    }
    reply = scores.of(kept, site_id, question, pinned=None)
    assessment = reply["assessment"]
    given = assessment["scores"]
    scored = {
        one: (float(given[one.value]["value"]), given[one.value]["classifier"], given[one.value]["version"])
        for one in Attribute
        if one.value in given
    }
    facts = replace(facts, scores={one: score for one, (score, _, _) in scored.items()})
    facts = _with_assessment(facts, text, assessment, Findings.from_record(reply["found"]))
    return Judged(judge(facts, rules), facts, scored)


def _about(article: Article | None) -> dict[str, Any]:
    """Return the part of a question that is about the article, empty where the site has no text of it."""
    if article is None or not article.has_text:
        return {}
    body = article.body[: articles.MOST_READ]
    told = {"title": article.title, "key_points": article.key_points, "body": body, "language": article.language}
    return {"article": told, "keep_article": True}


def _without_stored_comments(rules: Rules, *, of_any_length: bool) -> Rules:
    changed: dict[str, object] = dict.fromkeys(OF_STORED_COMMENTS)
    return rules.model_copy(update=changed | ({"minimum_length": 0} if of_any_length else {}))


def _before_scoring(text: str, rules: Rules, *, has_article: bool, author: AuthorFacts) -> Facts:
    length = length_up_to(text, rules.maximum_length)
    is_too_long = length > rules.maximum_length
    return Facts(
        length=length,
        length_of_words=None if is_too_long else short_of_words(text, length, rules.minimum_length),
        has_article=has_article,
        author=author,
    )


def _with_assessment(facts: Facts, text: str, assessment: Mapping[str, Any], found: Findings) -> Facts:
    """Return the facts with what the worker says of the text."""
    parts, held_from = assessment.get("part_scores", {}), assessment.get("held_from", {})
    return replace(
        facts,
        part_scores={one: parts[one.value] for one in Attribute if one.value in parts},
        held_from={one: held_from[one.value] for one in Attribute if one.value in held_from},
        blocked_terms=found.terms_of("blocked"),
        suspect_terms=found.terms_of("suspect"),
        links=found.links,
        personal_data=found.personal_data or (),
        unread=max(scores.unread_of(text, assessment), found.unread or 0),
        too_costly=bool(assessment.get("too_costly")),
        language=assessment["language"],
        language_supported=assessment["language_supported"],
        disguised=bool(assessment.get("disguised")),
    )
