"""A large past of one site, written by the database itself: a million comments in a minute or two.

A third of the comments is under one article and a tenth is by one author, so that a statement that reads all of either
shows. One in fifty is held, one in ten rejected. One fill for each database.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from service.clock import utc_now
from service.db import Database
from service.models import Endpoint

AT_ONCE = 50_000
HOT_ARTICLE, HOT_AUTHOR = "hot", "busy"
ARTICLES, AUTHORS = 400, 5_000
STATUS = "CASE WHEN n % 50 = 0 THEN 'held' WHEN n % 10 = 3 OR n % 100 = 10 THEN 'rejected' ELSE 'approved' END"
VERDICT = "CASE WHEN n % 50 = 0 THEN 'hold' WHEN n % 10 = 3 OR n % 100 = 10 THEN 'reject' ELSE 'approve' END"
AUTHOR = f"CASE WHEN n % 10 = 0 THEN '{HOT_AUTHOR}' ELSE 'author-' || (n * 7 % {AUTHORS}) END"
TEXT = "'Comment ' || n || ' about the bridge, the market and the bus; the council says little of either of them.'"
REASONS = (
    """'[{"code": "toxic", "attribute": "insult", "score": 0.7, "text": "insult", "verdict": "' || """
    f"""({VERDICT}) || '"}}]'"""
)


def fill(
    database: Database,
    site_id: str,
    count: int,
    /,
    *,
    days: float = 30,
    until: datetime | None = None,
    texts: str = TEXT,
    names: str = "'A reader'",
) -> None:
    """Add `count` comments, evenly over the last `days`, each with decision, score, assessment and delivery.

    `texts` and `names` are expressions of the comment's number `n`.
    """
    start = (until or utc_now()).astimezone(UTC) - timedelta(days=days, seconds=2)
    with database.write() as session:
        endpoint = Endpoint(site_id=site_id, url="https://cms.example/hooks", events=[])
        session.add(endpoint)
        session.flush()
        endpoint_id = endpoint.id
    rows = _rows(database, start, days * 86_400 / count, max(1, count // ARTICLES))
    rows["comment"] |= {"text": texts, "author_name": names}
    _insert(database, "article", rows.pop("article"), 0, ARTICLES, site=site_id)
    for first in range(1, count + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, count)
        for kind, columns in rows.items():
            _insert(database, kind, columns, first, last, site=site_id, endpoint=endpoint_id)


def _rows(database: Database, start: datetime, pace: float, block: int) -> dict[str, dict[str, str]]:
    """Return for each table its columns, each with the expression that makes it from the row's number `n`."""
    if database.is_sqlite:
        began = f"'{start:%Y-%m-%d %H:%M:%S}'"
        received, decided = (
            f"strftime('%Y-%m-%d %H:%M:%f000', {began}, (n * {pace} + {later}) || ' seconds')" for later in (0, 0.3)
        )
        digest, simhash, as_json = "lower(hex(randomblob(32)))", "random()", ""
    else:
        began = f"timestamptz '{start:%Y-%m-%d %H:%M:%S}+00'"
        received, decided = (f"{began} + make_interval(secs => n * {pace} + {later})" for later in (0, 0.3))
        digest, simhash = "md5(n::text) || md5((-n)::text)", "('x' || substr(md5(n::text), 1, 16))::bit(64)::bigint"
        as_json = "::json"

    def identity(letter: str, number: str = "n") -> str:
        padded = f"printf('%031x', {number})" if database.is_sqlite else f"lpad(to_hex({number}), 31, '0')"
        return f"'{letter}' || {padded}"

    of_comment = {"site_id": ":site", "comment_id": identity("c")}
    of_text = of_comment | {"revision": "1", "created_at": decided}
    decision = {
        "id": identity("d"), "from_status": "'pending'", "to_status": STATUS, "verdict": VERDICT, "source": "'policy'",
        "policy_version": "1", "actor": "''", "note": "''",
        "reasons": f"(CASE WHEN {VERDICT} = 'approve' THEN '[]' ELSE {REASONS} END){as_json}",
    }  # fmt: skip
    comment = {
        "id": identity("c"), "site_id": ":site", "external_id": "'c-' || n", "author_external_id": AUTHOR,
        "article_id": f"CASE WHEN n % 3 = 0 THEN {identity('a', '0')} ELSE"
        f" {identity('a', f'(1 + n / {block} % {ARTICLES})')} END",
        "text_digest": digest, "simhash": simhash, "length": "120",
        "received_at": received, "pending_since": received, "wake_at": received, "decided_at": decided,
        "revision": "1", "version": "2", "attempts": "0", "status": STATUS, "verdict": VERDICT,
        "reason": f"CASE WHEN {VERDICT} <> 'approve' THEN 'toxic' END",
        "attribute": f"CASE WHEN {VERDICT} <> 'approve' THEN 'insult' END", "score": "0.7", "severity": "0.5",
        "uncertainty": "0.5", "language_read": "'en'",
    }  # fmt: skip
    return {
        "article": {
            "id": identity("a"), "site_id": ":site", "title": "'Article ' || n", "body": "''", "key_points": "'[]'",
            "external_id": f"CASE WHEN n = 0 THEN '{HOT_ARTICLE}' ELSE 'a-' || n END", "revision": "1",
            "created_at": received, "updated_at": received,
        },
        "comment": comment,
        "decision": of_text | decision,
        "score": of_text | {
            "id": identity("e"), "attribute": "'toxicity'", "value": "0.1", "classifier": "'scripted'",
            "version": "'1'",
        },
        "assessment": {name: value for name, value in of_text.items() if name != "site_id"}
        | {"language": "'en'", "findings": "'{}'"},
        "delivery": of_comment | {
            "id": identity("f"), "endpoint_id": ":endpoint", "decision_id": identity("d"), "sequence": "2",
            "event": f"'comment.' || ({STATUS})", "attempts": "1", "next_attempt_at": decided, "created_at": decided,
            "state": "CASE WHEN n % 40 = 0 THEN 'waiting' ELSE 'delivered' END", "delivered_at": decided,
        },
        "author_strike": of_text | {"author_external_id": AUTHOR, "decision_id": identity("d")},
    }  # fmt: skip


def _insert(database: Database, kind: str, columns: dict[str, str], first: int, last: int, **bound: str) -> None:
    numbers = (
        f"WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
        if database.is_sqlite
        else f"WITH numbers(n) AS (SELECT generate_series({first}, {last}))"
    )
    where = " WHERE n % 50 <> 0 AND (n % 10 = 3 OR n % 100 = 10)" if kind == "author_strike" else ""
    statement = text(
        f"INSERT INTO {kind} ({', '.join(columns)}) {numbers} SELECT {', '.join(columns.values())} FROM numbers{where}"
    )
    with database.write() as session:
        if not database.is_sqlite:
            session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(statement, {name: bound[name] for name in statement.compile().params})
