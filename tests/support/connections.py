"""An admin with an endpoint and a source of webhooks, for tests of the pages of connections."""

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from service.db import Database
from service.installation.settings import Settings
from service.models import AuditEntry, Endpoint, InboundState, InboundWebhook, Site, Style, WebhookSource
from service.moderation.callbacks import endpoints
from service.outside.addresses import Allowances

PAGE = "/console/sites/gazette/endpoints"
SOURCES = "/console/sites/gazette/sources"
URL = "https://cms.example/hooks"


@pytest.fixture
def endpoint(database: Database, site: Site) -> Endpoint:
    with database.write() as session:
        return endpoints.register(session, site.id, URL, allowed=Allowances())


@pytest.fixture
def source(database: Database, site: Site, settings: Settings) -> WebhookSource:
    with database.write() as session:
        found = WebhookSource(
            site_id=site.id,
            name="Forum",
            style=Style.GITHUB,
            secrets=[settings.keyring.seal("s" * 20)],
            preset="moderato",
        )
        session.add(found)
    return found


def acts(database: Database) -> list[str]:
    with database.read() as session:
        return list(
            session.scalars(
                select(AuditEntry.action).where(AuditEntry.site_id.is_not(None)).order_by(AuditEntry.number)
            )
        )


def stored(database: Database, row: Any) -> Any:
    with database.read() as session:
        return session.get_one(type(row), row.id)


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{16})"', page)
    assert found, page
    return found[1]


def shown_secret(page: str) -> str:
    found = re.search(r'id="secret"[^>]* value="([^"]+)"', page)
    assert found, page
    return found[1].replace("&#43;", "+")


def letter(
    database: Database, source: WebhookSource, body: object, reason: str = "id: there is no text"
) -> InboundWebhook:
    with database.write() as session:
        found = InboundWebhook(
            source_id=source.id, mark=json.dumps(body)[:64], state=InboundState.DEAD, body=json.dumps(body),
            headers="{}", reason=reason,
        )  # fmt: skip
        session.add(found)
    return found
