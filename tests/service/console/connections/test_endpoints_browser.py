"""Connections in a browser: with all that there can be to tell, on a phone, and the forms without scripts."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from service.db import Database, database_now
from service.installation.settings import Settings
from service.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, InboundState, InboundWebhook, Site
from service.moderation.callbacks import endpoints
from service.moderation.webhooks import sources
from service.outside.addresses import Allowances
from service.vocabulary import AttemptOutcome, Verdict
from tests.service.console.conftest import Opens
from tests.support.comments import TEXT, classify, submit

PAGE = "/console/sites/gazette/endpoints"


@pytest.fixture(autouse=True)
def _connections(database: Database, site: Site, settings: Settings) -> None:
    """Endpoints in every state with callbacks, and a source with dead letters."""
    with database.write() as session:
        good = endpoints.register(
            session, site.id, "https://cms.example/hooks/moderato", allowed=Allowances(), description="The news CMS"
        )
        endpoints.secrets_of(session, good, settings.keyring)
        endpoints.rotate(good, settings.keyring)
        off = endpoints.register(session, site.id, "https://old.example/hooks", allowed=Allowances())
        endpoints.disable(off, "The receiver answered 410 Gone: it wants no more callbacks.")
        slow = endpoints.register(session, site.id, "https://slow.example/hooks", allowed=Allowances())
        slow.failures, slow.paused_until = 5, database_now(400)
        lost = endpoints.register(session, site.id, "https://lost.example/hooks", allowed=Allowances())
        lost.secrets = ["sealed with a key that is gone"]
        source, _ = sources.add(
            session, site.id, settings.keyring, name="Forum", style="github",
            field_map={"id": "note.id", "text": ["note.markdown", "note.html"], "author_id": "note.user.id"},
        )  # fmt: skip
        for number in range(3):
            body = f'{{"note": {{"key": {number}, "markdown": "{TEXT}"}}}}'
            session.add(
                InboundWebhook(
                    source_id=source.id, mark=str(number), state=InboundState.DEAD, body=body, headers="{}",
                    reason="id: there is no text or number at note.id",
                )
            )  # fmt: skip
    for number in range(4):
        submit(database, site.id, f"c-{number}", f"{TEXT} Remark {number}.")
    classify(database, Verdict.REJECT)
    with database.write() as session:
        first, second, *_ = session.scalars(
            select(Delivery).where(Delivery.endpoint_id == good.id).order_by(Delivery.id)
        )
        first.state, first.attempts, first.last_outcome, first.last_status = (
            DeliveryState.FAILED, 10, AttemptOutcome.REFUSED, 500,
        )  # fmt: skip
        second.state, second.attempts, second.last_outcome = DeliveryState.DELIVERED, 1, AttemptOutcome.DELIVERED
        for number in range(3):
            session.add(
                DeliveryAttempt(
                    delivery_id=first.id, number=number + 1, outcome=AttemptOutcome.TIMED_OUT, milliseconds=10_003,
                    detail="no answer within 10 seconds",
                )
            )  # fmt: skip


@pytest.mark.one_database
def test_connections_fit_a_phone_with_all_they_can_tell(opens: Opens, database: Database) -> None:
    """At other widths and in the dark, test_axe.py goes over the same pages."""
    with database.read() as session:
        endpoint = session.scalars(select(Endpoint).where(Endpoint.url.startswith("https://cms"))).one()
        delivery = session.scalars(select(Delivery).where(Delivery.state == DeliveryState.FAILED)).one()
        source_id = session.scalars(select(InboundWebhook.source_id)).first()
    window = opens("ada@gazette.example", viewport={"width": 390, "height": 844})
    pages = {
        "list": PAGE,
        "endpoint": f"{PAGE}/{endpoint.id}",
        "delivery": f"/console/sites/gazette/deliveries/{delivery.id}",
        "source": f"/console/sites/gazette/sources/{source_id}",
    }
    for name, path in pages.items():
        page = window.goto(path)
        if name == "source":
            page.get_by_label("Body as the CMS sends it").fill(f'{{"note": {{"id": "n-1", "html": "{TEXT}"}}}}')
            page.get_by_role("button", name="Try it").click()
            expect(page.get_by_text("It maps:")).to_be_visible()
        window.picture(f"connections-{name}-phone")
        window.fits(name)
    page = window.goto(pages["endpoint"])
    page.get_by_role("button", name="Make a new secret").click()
    expect(page.get_by_label("Secret")).to_have_value(re.compile("^whsec_"))
    window.picture("connections-secret-phone")
    window.fits("secret")


@pytest.mark.one_database
def test_connections_work_without_scripts(opens: Opens, database: Database) -> None:
    window = opens("ada@gazette.example", java_script_enabled=False)
    page = window.goto(f"{PAGE}/new")
    page.get_by_label("Address", exact=True).fill("https://fresh.example/hooks")
    page.get_by_label("comment.held").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_label("Secret")).to_have_value(re.compile("^whsec_"))
    page.get_by_role("link", name="Done, I have copied it").click()
    expect(page.get_by_label("comment.held")).to_be_checked()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("endpoint.test")
    page.get_by_role("link", name="← Endpoint").click()
    page.get_by_text("Remove this endpoint").click()
    page.get_by_label("Its pending callbacks and its log are deleted").check()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The endpoint has been removed.")).to_be_visible()
