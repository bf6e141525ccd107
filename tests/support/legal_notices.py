"""Legal notices for tests: what a notifier says, and an endpoint that takes callbacks about it."""

from typing import Any

from service.db import Database
from service.models import LegalNotice, LegalNoticeKind, Site
from service.moderation.legal_notices import receiving
from service.moderation.legal_notices.receiving import Submitted
from service.vocabulary import ONLY_BY_NAME
from tests.support.actors import CMS
from tests.support.outbox import listen

NAME, EMAIL = "Ada Notifier", "ada.notifier@example.org"
EXPLANATION = "The comment says that I took a bribe for the bridge. The court found on 3 May that I did not."
SAID: dict[str, Any] = {
    "kind": LegalNoticeKind.DEFAMATION.value,
    "location": "c-0",
    "explanation": EXPLANATION,
    "name": NAME,
    "email": EMAIL,
    "good_faith": True,
}


def receive(database: Database, site: Site, **said: Any) -> LegalNotice:
    """Send a legal notice as the site does."""
    with database.write() as session:
        return receiving.receive(session, site.id, Submitted(**SAID | said), by=CMS)


def reread(database: Database, legal_notice: LegalNotice) -> LegalNotice:
    """Return the legal notice as it is now, detached."""
    with database.read() as session:
        return session.get_one(LegalNotice, legal_notice.id)


def listen_for_them(database: Database, site: Site) -> None:
    """Register an endpoint that names the events of legal notices."""
    listen(database, site, events=[event.value for event in ONLY_BY_NAME])
