"""Whatever anybody puts into any field of any route, signed in or not, is no error of ours: no 5xx, on either database.

A run tries as much as fits into `--fuzz-seconds` for each database: each place once, then each again with another
value, in an order that changes from day to day (`--fuzz-seed`). `make fuzz` runs for a minute each.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from service.accounts import keys
from service.api.operation import OPERATIONS, PARAMETER
from service.db import Database, new_id
from service.installation.settings import Settings
from service.models import Comment, InboundWebhook, Moderator, SignInFailure, Style, WebhookSource
from service.models.moderator import Role
from service.moderation.readers import marks
from service.moderation.text.publisher_ids import in_path
from service.queues import Queues
from service.vocabulary import CommentStatus, Scope, Verdict
from tests.service.console.test_hostile_text import PLAIN
from tests.support import fuzzing
from tests.support.console import add_moderator, csrf_token, enter
from tests.support.full_site import fill
from tests.support.fuzzing import Attempt, Forms, Place
from tests.support.pages import PAGES_OFF_SITE, Stage
from tests.support.quicker import application
from tests.support.sites import add_site

MOST_SHOWN = 20
FEWEST = 100  # requests, however slow the machine is
TOKEN = "a token that the CMS sends"
# What takes something away that other routes need comes last.
TAKES_AWAY = ("DELETE ", "/remove", "/revoke", "/sign-out", "/password", "/role")


@dataclass
class Sender:
    """Somebody who sends nasty values: with a key and a sign-in, or without."""

    app: Flask
    database: Database
    moderator: Moderator | None = None
    key: str | None = None
    form_key: str | None = None  # for the routes of readers, which take no key that may do more
    client: FlaskClient = field(init=False)
    csrf: str = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Sign in, who can; another browser each time."""
        self.forget_failures()
        self.client = self.app.test_client()
        if self.moderator:
            enter(self.client, self.moderator)
        self.csrf = csrf_token(self.client.get("/console/preferences" if self.moderator else "/console/sign-in"))

    def forget_failures(self) -> None:
        """So that nobody is slowed down as somebody who guesses."""
        with self.database.write() as session:
            session.execute(delete(SignInFailure))

    def send(self, attempt: Attempt) -> tuple[int, str]:
        """Return status and beginning of the answer; sign in again when the attempt ended the session."""
        headers = {"X-CSRFToken": self.csrf, **(attempt.headers or {})}
        if self.key and attempt.path.startswith("/v1/"):
            key = self.form_key if attempt.path.startswith("/v1/reader/") else self.key
            headers["Authorization"] = f"Bearer {key}"
        with self.client.open(
            attempt.path, method=attempt.method, data=attempt.body, content_type=attempt.content_type, headers=headers
        ) as answer:
            found = answer.status_code, answer.get_data(as_text=True)[:300]
            has_ended = found[0] == 303 and "/console/sign-in" in answer.headers["Location"]
        if found[0] == 429:
            self.forget_failures()
        if self.moderator and has_ended:
            self.begin()
        return found


# What a worker answers, and there is none.
OF_WORKERS = (
    "POST /v1/score",
    "POST /console/sites/<site>/policy/terms",
    "GET /console/sites/<site>/policy/curves",
    "GET /console/sites/<site>/policy/presets",
)


@pytest.fixture
def app(database: Database, settings: Settings, queues: Queues) -> Flask:
    """The service; no worker scores, and nobody waits for one."""
    changes = {"rate_limit_per_minute": 10_000_000, "score_deadline_ms": 10, "reader_comments_per_minute": 10_000_000}
    return application(settings.model_copy(update=changes), database, queues)


@pytest.mark.timeout(3_600)
def test_no_value_in_any_field_is_an_error_of_ours(
    app: Flask, database: Database, settings: Settings, pytestconfig: pytest.Config
) -> None:
    until = time.monotonic() + float(pytestconfig.getoption("fuzz_seconds"))
    seed = pytestconfig.getoption("fuzz_seed")
    order, stranger, faults, tried = random.Random(seed), Sender(app, database), {}, 0
    for sender, place, value in turns(app, database, settings, order):
        if (tried > FEWEST and time.monotonic() > until) or len(faults) >= MOST_SHOWN:
            break
        attempt = place.attempt(value)
        status, said = (stranger if order.random() < 0.25 else sender).send(attempt)
        tried += 1
        if status >= 500 and not (status == 503 and place.route in OF_WORKERS):
            faults.setdefault(f"{place.route} {place.field}", f"{status} {attempt} {said}")
    assert faults == {}, f"of {tried} requests with --fuzz-seed {seed}"
    assert tried > FEWEST


def turns(
    app: Flask, database: Database, settings: Settings, order: random.Random
) -> Iterator[tuple[Sender, Place, str]]:
    """Yield who sends, where, and what: each place once on a new site, then each again on another, for ever."""
    start = order.randrange(1_000)
    for round_ in count():
        sender, places = scene(app, database, settings, round_)
        order.shuffle(places)
        places.sort(key=lambda place: any(mark in place.route for mark in TAKES_AWAY))
        for number, place in enumerate(places):
            yield sender, place, place.value(start + round_ + 7 * number)


def scene(app: Flask, database: Database, settings: Settings, number: int) -> tuple[Sender, list[Place]]:
    """Return an admin of a new site with something everywhere, and every place where a value can be put there."""
    site = add_site(database, f"gazette-{number}", "The Gazette")
    ada, ben = (
        add_moderator(database, f"{name}-{number}@gazette.example", name, **{site.slug: role})
        for name, role in (("Ada", Role.ADMIN), ("Ben", Role.MODERATOR))
    )
    with database.write() as session:  # what the round before left behind is no business of this one's worker
        waits = Comment.status == CommentStatus.PENDING
        session.execute(update(Comment).where(waits).values(status=CommentStatus.HELD, verdict=Verdict.HOLD))
    stage = fill(database, site, ada, ben, PLAIN)
    with database.write() as session:
        session.get_one(WebhookSource, stage.source).preset = "moderato"
        key = keys.create(session, site.id, "cms")
        form_key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,))
        receipt = marks.make(settings.keyring, marks.RECEIPT, site.id, new_id())
        secrets = [settings.keyring.seal(TOKEN)]
        source = WebhookSource(site_id=site.id, name="CMS", style=Style.TOKEN, preset="moderato", secrets=secrets)
        source.token_header = "X-Token"
        session.add(source)
        letter = session.scalars(select(InboundWebhook.id).where(InboundWebhook.source_id == stage.source)).first()
        external_id = session.get_one(Comment, stage.held).external_id
    names = {
        "site": site.slug, "comment_id": stage.held, "endpoint_id": stage.endpoint, "delivery_id": stage.delivery,
        "source_id": stage.source, "letter_id": str(letter), "moderator_id": ben.id, "key_id": keys.id_of(key),
        "author_id": stage.author, "article_id": in_path(f"5 {PLAIN[5][:180]}"), "name": "compact", "kind": "csv",
        "receipt": receipt,
    }  # fmt: skip
    sender = Sender(app, database, ada, key, form_key)
    places = [
        *fuzzing.addresses(app, names),
        *fuzzing.of_the_api(names | {"comment_id": in_path(external_id)}),
        *fuzzing.of_readers_form(),
        *fuzzing.webhooks(f"/v1/webhooks/{source.id}", {"X-Token": TOKEN}),
        *fuzzing.of_the_console(app, forms_of(sender, stage), names),
    ]
    check_every_route_is_tried(app, places)
    return sender, places


def forms_of(person: Sender, stage: Stage) -> list[fuzzing.Form]:
    """Return every form of every page."""
    found = []
    for address in (*stage.addresses(), *PAGES_OFF_SITE.values()):
        page = Forms(address)
        page.feed(person.client.get(address).get_data(as_text=True))
        found += page.found
    return found


def check_every_route_is_tried(app: Flask, places: list[Place]) -> None:
    """Fail for a route that takes something, of which no place was found."""
    tried = {place.route for place in places}
    described = {one: PARAMETER.sub(r"{\1}", one.path) for one in OPERATIONS}
    assert {f"{one.method} {path}" for one, path in described.items() if one.body or one.query} <= tried
    assert {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.arguments
    } <= tried
