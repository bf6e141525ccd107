"""A site's figures, cheap enough for fifty dashboards that ask every second: computed once a second at most."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from service.api import answers
from service.api.health import redis_answers
from service.api.operation import Answer, Call, operation
from service.api.requests import SinceQuery
from service.clock import rfc3339, utc_now
from service.context import Context
from service.moderation import statistics


@operation(
    "GET",
    "/v1/stats",
    summary="Ask for the site's figures",
    tag="Figures",
    query=SinceQuery,
    answers={200: ("The figures.", answers.Stats), 304: ("Unchanged since If-None-Match.", None)},
    headers={"If-None-Match": "The ETag you have."},
)
def get_stats(call: Call[None, SinceQuery]) -> Answer:
    since = _to_the_minute(call.query.since or utc_now() - timedelta(hours=24))
    body, etag = call.keeper.counts.get(
        ("stats", call.site_id, since), lambda: _computed(call.context, call.site_id, since)
    )
    return Answer(body, etag=etag)


def _computed(ours: Context, site_id: str, since: datetime) -> tuple[dict[str, Any], str]:
    with ours.database.read() as session:
        figures = statistics.of_site(session, site_id, since=since)
    body = {
        "since": rfc3339(since),
        **figures,
        "scoring": "up" if figures["workers"].get("classification") else "down",
        "redis": "ok" if redis_answers(ours) else "degraded",
    }
    return body, hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]


def _to_the_minute(moment: datetime) -> datetime:
    # Whoever asks within the same minute shares what was computed.
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
