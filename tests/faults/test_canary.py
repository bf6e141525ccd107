"""Words planted in texts, names, keys and secrets are looked for everywhere they must not be: logs, Redis, metrics,
errors, jobs."""

import json
import urllib.request

import pytest
from redis import Redis
from sqlalchemy import make_url, select

from service.accounts import keys
from service.app import create_app
from service.db import Base, Database
from service.installation.settings import Settings
from service.models import Endpoint, Site
from service.moderation.callbacks import endpoints
from service.queues import Queues
from service.vocabulary import Scope
from tests.faults.conftest import burst, pending, undelivered
from tests.support.client import Client
from tests.support.receiver import Receiver
from tests.support.services import Services

TEXT = "zinnober"
AUTHOR = "quastenflosser"
NOTE = "mauerblume"
PLANTED = (TEXT, AUTHOR, NOTE)
LONG = f"The {TEXT} bridge was closed twice last winter, so I am glad that the council has voted to rebuild it."


def test_what_is_private_is_nowhere_but_in_the_database(
    services: Services,
    database: Database,
    site: Site,
    endpoint: Endpoint,
    receiver: Receiver,
    queues: Queues,
    settings: Settings,
    request: pytest.FixtureRequest,
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
        form_key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,))
    with database.write() as session:
        kept = endpoints.secrets_of(session, session.get_one(Endpoint, endpoint.id), settings.keyring)
    secret = kept[0].removeprefix("whsec_")
    port = int(services.web(MODERATO_LOG_LEVEL="debug").rsplit(":", 1)[1])
    client = Client(port, key)
    request.addfinalizer(client.close)
    said: list[str] = []

    def ask(method: str, path: str, body: object = None, *, private: bool = True) -> tuple[int, object]:
        status, answer = client.request(method, path, body)  # type: ignore[arg-type]
        if private:
            said.append(json.dumps(answer))
        return status, answer

    comment = {"id": "c-1", "text": LONG, "author": {"id": AUTHOR, "name": AUTHOR}}
    assert ask("POST", "/v1/comments", comment, private=False)[0] == 202
    assert ask("POST", "/v1/comments", comment | {"id": "c-2", "text": f"{LONG} It is awful."}, private=False)[0] == 202
    form, by_form = f"/v1/reader/comments?key={form_key}", {"article": {"id": "bridge"}, "author": {"name": AUTHOR}}
    _, taken = ask("POST", form, by_form | {"text": f"{LONG} It is awful, really."}, private=False)
    receipt = str(dict(taken)["receipt"])  # type: ignore[call-overload]
    assert ask("GET", form.replace("?", f"/{receipt}?"), private=False)[0] == 200
    assert ask("POST", form.replace("?", "/hints?"), {"text": LONG, "language": "en"})[0] == 200
    legal_notice = {"kind": "other", "location": "c-1", "explanation": LONG, "name": AUTHOR, "good_faith": True}
    assert ask("POST", "/v1/legal-notices", legal_notice | {"email": "ada@gazette.example"})[0] == 201
    # Everything that is refused, in ways that tempt to quote it.
    for method, path, body in (
        ("POST", "/v1/comments", {"id": "c-3", "text": TEXT}),
        ("POST", "/v1/comments", comment | {"text": f"{LONG} Another text."}),
        ("POST", "/v1/comments", comment | {"author": AUTHOR, "id": [TEXT]}),
        ("POST", "/v1/comments", comment | {TEXT: AUTHOR}),
        ("POST", "/v1/comments", f'{{"text": "{TEXT}'),
        ("PUT", "/v1/comments/c-1", {"text": TEXT}),
        ("POST", "/v1/comments/c-1/decisions", {"verdict": TEXT, "expected_version": 1, "note": NOTE}),
        ("POST", "/v1/webhooks/" + "0" * 32, {"text": TEXT}),
        ("PUT", "/v1/policy", {"name": TEXT, "thresholds": {TEXT: 1}}),
        ("POST", "/v1/endpoints", {"url": f"https://{TEXT}:{AUTHOR}@cms.example/"}),
        ("POST", "/v1alpha1/comments:analyze", {"comment": {"text": TEXT, "type": "HTML"}}),
        ("POST", "/v1alpha1/comments:analyze", {"comment": TEXT, "languages": [TEXT]}),
        ("POST", "/v1alpha1/comments:suggestscore", {"comment": {"text": TEXT}, "attributeScores": {TEXT: NOTE}}),
        ("POST", form, by_form | {"text": TEXT}),
        ("POST", form, by_form | {"text": LONG, TEXT: AUTHOR}),
        ("GET", f"/v1/reader/comments/{TEXT}?key={form_key}", None),
        ("POST", f"/v1/reader/comments/{receipt}/appeals?key={form_key}", {"text": TEXT}),
        ("POST", "/v1/legal-notices", {"kind": TEXT, "explanation": TEXT, "name": AUTHOR, "email": AUTHOR}),
        ("POST", "/v1/legal-notices", legal_notice | {"email": AUTHOR}),
        ("POST", "/v1/moderations", {"input": [LONG, ""], "model": TEXT}),
        ("POST", "/v1/moderations", {"input": {TEXT: AUTHOR}}),
        ("POST", "/v1/moderations", {"input": f"\u202e{TEXT}"}),
        ("POST", "/v1/coral/" + "0" * 32, {"action": "NEW", "comment": {"body": TEXT}}),
        ("POST", "/api/v1/classify", {"model": TEXT, "content": {TEXT: NOTE}}),
        ("POST", "/api/v1/classify", {"content": LONG}),
    ):
        assert ask(method, path, body)[0] >= 400
    in_redis = dump(queues.redis)
    assert burst(services, "classification", MODERATO_LOG_LEVEL="debug") == 0
    assert pending(database) == 0
    version = client.request("GET", "/v1/comments/c-2")[1]["version"]
    decision = {"verdict": "approve", "note": NOTE, "expected_version": version}
    assert ask("POST", "/v1/comments/c-2/decisions", decision, private=False)[0] == 201
    assert burst(services, "delivery", MODERATO_LOG_LEVEL="debug") == 0
    assert undelivered(database) == 0
    assert burst(services, "upkeep", MODERATO_LOG_LEVEL="debug") == 0
    for path in ("/readyz", "/v1/stats", "/v1/deliveries", "/v1/endpoints"):
        ask("GET", path)
    with urllib.request.urlopen(f"{services.base_url}/metrics", timeout=5) as metrics:
        said.append(metrics.read().decode())
    callbacks = b"\n".join(arrived.body for arrived in receiver.requests).decode()
    assert callbacks
    places = {
        "logs": services.output(),
        "redis, with work in it": in_redis,
        "redis, in the end": dump(queues.redis),
        "answers": "\n".join(said),
        "callbacks": callbacks,
    }
    assert "rq:queue" in places["redis, with work in it"]
    for place, content in places.items():
        for word in (*PLANTED, key, key.rsplit("_", 1)[-1], form_key, receipt, secret):
            assert word not in content, f"{word!r} is in the {place}"


def test_no_secret_stands_in_the_database_in_clear(
    database: Database, site: Site, settings: Settings, queues: Queues
) -> None:
    with database.write() as session:
        key = keys.create(session, site.id, "cms")
    client = create_app(settings, database=database, queues=queues).test_client()
    bearer = {"Authorization": f"Bearer {key}"}
    token = "a-header-token-chosen-by-the-publisher"
    said: list[str] = []

    def ask(method: str, path: str, **body: object) -> dict[str, object]:
        answer = client.open(path, method=method, headers=bearer, json=body or None)
        assert answer.status_code < 300, answer.text
        said.append(answer.text)
        return answer.json or {}

    made = ask("POST", "/v1/endpoints", url="https://cms.example/hooks")
    ask("POST", f"/v1/endpoints/{made['id']}/rotate")
    source = ask("POST", "/v1/webhook-sources", name="CMS", style="token", preset="moderato", secret=token)
    ask("PATCH", f"/v1/webhook-sources/{source['id']}", secret=token + "-2")
    secrets = [*ask("GET", f"/v1/endpoints/{made['id']}")["secrets"], token, key.rsplit("_", 1)[-1]]  # type: ignore[misc]
    assert len(secrets) == 4
    places = [everything(database)]
    if database.is_sqlite:
        file = make_url(database.url).database
        for suffix in ("", "-wal"):
            with open(f"{file}{suffix}", "rb") as bytes_:
                places.append(bytes_.read().decode("latin-1"))
    for place in places:
        for secret in secrets:
            assert str(secret).removeprefix("whsec_") not in place


def everything(database: Database) -> str:
    """Every row of every table, as text."""
    with database.read() as session:
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )


def dump(redis: Redis) -> str:
    """Everything that Redis holds, keys and values, as text."""
    found = []
    for name in redis.scan_iter():
        kind = redis.type(name).decode()
        value = {
            "string": lambda n: redis.get(n),
            "list": lambda n: redis.lrange(n, 0, -1),
            "hash": lambda n: redis.hgetall(n),
            "set": lambda n: redis.smembers(n),
            "zset": lambda n: redis.zrange(n, 0, -1, withscores=True),
            "stream": lambda n: redis.xrange(n),
        }[kind](name)
        found.append(f"{name!r} {value!r}")
    return "\n".join(found)
