"""Scores at once, for a caller that waits: the text comes sealed from Redis and goes with the answer, never stored."""

import json
from dataclasses import asdict
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict
from redis import Redis

from service.outside.sealing import Unopenable
from service.queues import ANSWER_LIFETIME, answer_key, request_key
from service.vocabulary import Attribute
from workers.classifiers.base import ArticleText, Classification, ClassifierError, Subject
from workers.runtime import Runtime

log = structlog.get_logger()


class Request(BaseModel):
    """What the web side puts into Redis for one answer."""

    model_config = ConfigDict(extra="ignore")

    class Article(BaseModel):
        title: str = ""
        key_points: list[str] = []
        body: str = ""
        language: str | None = None

    text: str
    language: str | None = None
    site_language: str | None = None
    article: Article | None = None
    parent_text: str | None = None
    attributes: list[Attribute] | None = None


def answer(runtime: Runtime, redis: Redis, request_id: str, /) -> None:
    """Score the request and push the answer; a request whose caller has gone has expired and costs nothing."""
    raw = redis.getdel(request_key(request_id))
    if raw is None:
        return
    keyring, sealed = runtime.settings.keyring, raw.decode() if isinstance(raw, bytes) else raw
    try:
        reply = score(runtime, Request.model_validate_json(keyring.open(sealed)))
    except Unopenable:  # the web process has other keys, and cannot open an answer either
        log.error("request_unopenable", request_id=request_id)
        return
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


def score(runtime: Runtime, request: Request, /) -> dict[str, Any]:
    """Return the assessment as JSON: scores by attribute (asked for, and known), language, relevance."""
    classifiers = runtime.scoring
    index = None
    if request.article is not None:
        article = request.article
        index = classifiers.index_article(
            ArticleText(
                title=article.title, key_points=tuple(article.key_points), body=article.body, language=article.language
            )
        )
    found: Classification = classifiers.assess(
        Subject(
            text=request.text,
            language=request.language,
            site_language=request.site_language,
            article_index=index,
            parent_text=request.parent_text,
        )
    )
    wanted = request.attributes
    return {
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
            "relevance": asdict(found.relevance) if found.relevance else None,
        },
        "attributes": [attribute.value for attribute in classifiers.attributes],
    }
