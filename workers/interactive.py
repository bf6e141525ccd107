"""Answers for a caller that waits: scores at once. The text comes sealed from Redis and goes with the answer, never
stored.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict
from redis import Redis

from service.moderation.intake.articles import MOST_READ
from service.moderation.judgement import findings
from service.moderation.judgement.judgement import Facts
from service.moderation.judgement.text_checks import with_text
from service.moderation.policy import policies
from service.outside.sealing import Unopenable
from service.queues import (
    ANSWER_LIFETIME,
    CALLER,
    INTERACTIVE,
    LINE,
    TOO_LONG,
    announce_caller,
    answer_key,
    request_key,
)
from service.vocabulary import Attribute
from workers import line
from workers.classifiers.base import ArticleText, Classification, ClassifierError, Classifiers, Span, Subject
from workers.classifiers.budget import LONGEST, Budget
from workers.classifiers.language.detector import primary
from workers.runtime import Runtime

log = structlog.get_logger()

BESIDES = 0.35  # seconds from the beginning of an answer after which no more than the scores is looked for
LONG = 5_000  # characters from which a request is answered only if there is time for it
LARGEST = 0.7  # of the deadline that one request may take: the next one waits as long and needs time itself
OF_ARTICLE = 0.4  # what a character of an article costs, compared with one of the text
ReplyTo = Callable[[Runtime, str], dict[str, Any]]


class TooLong(Exception):
    """The scores would come too late, or keep others waiting beyond their deadline."""


class Request(BaseModel):
    """What the web side puts into Redis for one answer."""

    model_config = ConfigDict(extra="ignore")

    class Article(BaseModel):
        title: str = ""
        key_points: list[str] = []
        body: str = ""
        language: str | None = None

    class Policy(BaseModel):
        site_id: str
        version: int

    text: str
    policy: Policy | None = None  # whose lists are searched for in the text as well
    language: str | None = None
    site_language: str | None = None
    article: Article | None = None
    parent_text: str | None = None
    attributes: list[Attribute] | None = None
    explain_from: dict[Attribute, float] = {}  # scores from which the words behind the highest of them are looked for
    languages: list[str] = []  # candidates: the text is in one of them
    stretches: list[tuple[int, int]] = []  # (start, end) in code points, to be scored by themselves as well
    keep_article: bool = False  # whether the article's index may stay in memory for the next request
    maximum_length: int = LONGEST


def scores_of(runtime: Runtime, request: str, /) -> dict[str, Any]:
    """Return the reply to a request as it is opened."""
    return score(runtime, Request.model_validate_json(request))


def answer_next(runtime: Runtime, redis: Redis, request_id: str | None = None, /) -> None:
    """Answer the request whose turn it is, and refuse those that can no longer be answered in time.

    The request with this id is only the one that woke the worker, where one did.
    """
    announce_caller(redis)
    while (taken := line.take(runtime, redis, request_id)) is not None:
        began = time.monotonic()
        reply = _answer(runtime, redis, taken.request_id, taken.sealed, partial(_in_time, seconds=taken.seconds))
        runtime.turns.spend(taken.caller, time.monotonic() - began, weight=taken.weight)
        if reply != {"error": TOO_LONG}:
            break
    _say_who_waits(runtime, redis)


def _in_time(runtime: Runtime, request: str, /, *, seconds: float | None) -> dict[str, Any]:
    """Return the reply to a request with so many seconds left, or raise TooLong."""
    asked, began = Request.model_validate_json(request), time.monotonic()
    characters = _characters(runtime, asked)
    largest = LARGEST * runtime.settings.score_deadline_ms / 1000
    most = largest if seconds is None else min(seconds, largest)
    if characters >= LONG and runtime.pace.seconds(characters, now=began) > most:
        raise TooLong
    unread = 0.0
    try:
        return score(runtime, asked, until=began + largest)
    except TooLong:
        unread = largest  # at least, so that others are left in peace for a while before it is tried again
        raise
    finally:
        ended = time.monotonic()
        if characters >= LONG:
            runtime.pace.learn(characters, ended - began + unread, now=ended)


def _characters(runtime: Runtime, request: Request) -> float:
    """Return how much there is to read, in characters of the text."""
    article, read = request.article, float(len(request.text))
    if article is not None and _index_key(runtime, article) not in runtime.indexes:
        read += OF_ARTICLE * (len(article.title) + len(article.body[:MOST_READ]) + sum(map(len, article.key_points)))
    return read


def answer(runtime: Runtime, redis: Redis, request_id: str, /, reply_to: ReplyTo = scores_of) -> None:
    """Push the answer to this request; one whose caller has gone has expired and is not answered."""
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.getdel(request_key(request_id))
        announce_caller(pipeline)
        raw = pipeline.execute()[0]
    if raw is not None:
        _answer(runtime, redis, request_id, line.as_text(raw), reply_to)
    _say_who_waits(runtime, redis)


def _say_who_waits(runtime: Runtime, redis: Redis) -> None:
    if not runtime.queues.is_woken(INTERACTIVE):  # else the next caller waits as well
        redis.delete(CALLER)


def _answer(runtime: Runtime, redis: Redis, request_id: str, sealed: str, reply_to: ReplyTo) -> dict[str, Any] | None:
    keyring = runtime.settings.keyring
    try:
        reply = reply_to(runtime, keyring.open(sealed))
    except Unopenable:  # the web process has other keys, and cannot open an answer either
        log.error("request_unopenable", request_id=request_id)
        return None
    except TooLong:
        reply = {"error": TOO_LONG}
    except ClassifierError as error:
        log.error("classifier_failed", request_id=request_id, error=type(error).__name__)
        reply = {"error": "classifier_failed"}
    except Exception as error:  # the caller must hear of it before its deadline, whatever it was
        log.error("scoring_failed", request_id=request_id, error=type(error).__name__)
        reply = {"error": "internal"}
    pipeline = redis.pipeline()
    pipeline.rpush(answer_key(request_id), keyring.seal(json.dumps(reply)))
    pipeline.expire(answer_key(request_id), ANSWER_LIFETIME)
    pipeline.execute()
    return reply


@dataclass
class _Hurried(Budget):
    """A budget that ends at a moment as well. What was cut short is refused: scores must not depend on the load."""

    until: float = math.inf  # by the monotonic clock
    is_late: bool = False

    @property
    def is_in_time(self) -> bool:
        self.is_late = self.is_late or time.monotonic() > self.until
        return super().is_in_time and not self.is_late


def score(runtime: Runtime, request: Request, /, *, until: float = math.inf) -> dict[str, Any]:
    """Return the assessment as JSON: scores by attribute (asked for, and known), language, relevance.

    Raise TooLong where the text is not read by `until`.
    """
    classifiers = runtime.scoring
    about = {"attributes": [attribute.value for attribute in classifiers.attributes], "versions": classifiers.versions}
    language = request.language or supported(request.languages, classifiers)
    if request.languages and language is None:
        return {"assessment": {"scores": {}, "language": None, "language_supported": False}, **about}
    seconds = runtime.settings.comment_budget_ms / 1000
    began = time.monotonic()
    budget = _Hurried(longest=request.maximum_length, seconds=seconds, until=until)
    subject = Subject(
        text=request.text,
        language=language,
        site_language=request.site_language,
        article_index=_index(runtime, request) if request.article is not None else None,
        parent_text=request.parent_text,
        budget=budget,
    )
    found: Classification = classifiers.assess(subject)
    if budget.is_late:
        raise TooLong
    wanted = request.attributes
    return {
        "found": _found(runtime, request, found, budget) if request.policy else {},
        "assessment": {
            "scores": {
                s.attribute.value: {"value": s.value, "classifier": s.classifier, "version": s.version}
                for s in found.scores
                if wanted is None or s.attribute in wanted
            },
            "language": found.language,
            "language_detected": found.language_detected,
            "language_supported": found.language_supported,
            "disguised": found.disguised,
            "characters_read": found.characters_read,
            "part_scores": {attribute.value: score for attribute, score in found.part_scores.items()},
            "held_from": {attribute.value: least for attribute, least in found.held_from.items()},
            "unread": found.unread,
            "too_costly": found.too_costly,
            "relevance": asdict(found.relevance) if found.relevance else None,
        },
        "spans": [asdict(span) for span in _spans(classifiers, request, found, began)],
        "stretches": list(_stretches(runtime, request, replace(subject, language=found.language), began)),
        **about,
    }


def _spans(classifiers: Classifiers, request: Request, read: Classification, began: float) -> Sequence[Span]:
    """Return the words behind the highest score that is loud enough to be explained."""
    loud = [s for s in read.scores if (at := request.explain_from.get(s.attribute)) is not None and s.value >= at]
    if not loud:
        return ()
    loudest = max(loud, key=lambda score: score.value).attribute
    budget = Budget(longest=request.maximum_length, seconds=began + BESIDES - time.monotonic())
    return classifiers.explain(request.text, [loudest], budget=budget)


def _stretches(runtime: Runtime, request: Request, subject: Subject, began: float) -> Iterator[dict[Attribute, float]]:
    """Yield the scores of each stretch by itself; raise TooLong where another caller would wait too long for them."""
    for start, end in request.stretches:
        taken = time.monotonic() - began
        if taken > runtime.settings.score_deadline_ms / 1000:
            return  # nobody waits for the answer any more
        if taken > BESIDES and runtime.queues.steady.exists(LINE):
            raise TooLong
        budget = Budget(longest=request.maximum_length, seconds=runtime.settings.comment_budget_ms / 1000)
        part = replace(subject, text=request.text[start:end], budget=budget)
        yield {score.attribute: score.value for score in runtime.scoring.assess(part).scores}


def _found(runtime: Runtime, request: Request, read: Classification, budget: Budget) -> dict[str, Any]:
    """Return what the policy judges in the text besides the scores, as findings are kept."""
    assert request.policy is not None
    with runtime.database.read() as session:
        rules = policies.rules_of(session, request.policy.site_id, request.policy.version)
    facts = with_text(Facts(length=0), request.text, rules, language=read.language, in_time=budget.is_in_time)
    return findings.of_facts(facts).as_record()


def supported(candidates: Sequence[str], classifiers: Classifiers, /) -> str | None:
    """Return the first of the languages that a classifier knows; Hindi in Latin letters is another one than Hindi."""
    for tag in candidates:
        name = tag.lower() if tag.lower().endswith("-latn") else primary(tag)
        if name in classifiers.languages:
            return tag
    return None


def _index(runtime: Runtime, request: Request) -> bytes:
    assert request.article is not None
    article, key = request.article, _index_key(runtime, request.article)
    index = runtime.indexes.get(key)
    if index is None:
        index = runtime.scoring.index_article(
            ArticleText(
                title=article.title, key_points=tuple(article.key_points), body=article.body, language=article.language
            )
        )
        if request.keep_article:
            runtime.indexes[key] = index
    return index


def _index_key(runtime: Runtime, article: Request.Article) -> tuple[str, int, str]:
    return hashlib.sha256(article.model_dump_json().encode()).hexdigest(), 0, runtime.scoring.index_version
