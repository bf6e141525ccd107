"""Alerts, on a thread of the upkeep worker: looks what is wrong, plans messages about it, sends what is due.

Several may run: the database decides who plans and who sends. A mail server or a chat that is silent delays alerts and
nothing else.
"""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db import database_now
from service.installation.settings import Settings
from service.models import AlertKind, AlertPhase, Moderator, Site
from service.moderation.alerts import conditions, episodes, messages, recipients, summary, words
from service.moderation.alerts.messages import Claimed
from service.moderation.alerts.recipients import Recipient
from service.moderation.alerts.words import Text
from service.outside import mail
from service.outside.mail import MailFault
from service.outside.sealing import Unopenable
from service.version import VERSION
from service.vocabulary import AttemptOutcome
from workers import outbound
from workers.runtime import Runtime

log = structlog.get_logger()

LOOK_SECONDS = 30.0  # between two looks for what is wrong


@dataclass(frozen=True)
class Ready:
    """A claimed message as it is to be sent: to an e-mail address or to a chat's URL."""

    claimed: Claimed
    to: str
    text: Text

    @property
    def is_chat(self) -> bool:
        return self.claimed.message.chat_site_id is not None


@dataclass(frozen=True, kw_only=True)
class SendOutcome:
    """How an attempt ended: what went wrong, whether for good, and whether it would for every other e-mail too."""

    error: str = ""
    is_final: bool = False
    is_for_all: bool = False


def run(runtime: Runtime, stop: threading.Event, /) -> None:
    """Look and send until told to stop; a round that fails is logged and the next one tried."""
    look_at = float("-inf")
    while not stop.is_set():
        try:
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_SECONDS
                look(runtime)
            send(runtime)
        except Exception as error:
            log.error("alerts_failed", error=type(error).__name__)
        stop.wait(runtime.settings.upkeep_seconds)


def look(runtime: Runtime, /, *, now: datetime | None = None) -> int:
    """See what is wrong (`now`: by the database's clock) and plan the messages about it; return how many."""
    mails = runtime.settings.mail_server is not None
    with runtime.database.read() as session:
        now = now or session.execute(select(database_now())).scalar_one()
        wanted = [one for one in recipients.everyone(session) if one.is_chat or mails]
        found = _conditions(session, sorted({site_id for one in wanted for site_id in one.sites}))
    with runtime.database.write() as session:
        planned = messages.plan_summaries(session, wanted, now=now)
        for (kind, site_id), facts in found.items():
            turn = episodes.note(session, kind, site_id, facts, now=now)
            planned += messages.plan_turn(session, turn, wanted) if turn is not None else 0
        messages.prune(session)
    return planned


def send(runtime: Runtime, /, *, now: datetime | None = None) -> int:
    """Send what is due; return how many messages were taken."""
    settings, sent, down = runtime.settings, 0, None
    for one in _claim(runtime, now):
        if one.is_chat:
            outcome = _post(one, settings)
        else:  # once the server is away, nobody waits for it again in this round
            outcome = down or _mail(one, settings)
            down = outcome if outcome.is_for_all else None
        with runtime.database.write() as session:
            messages.settle(session, one.claimed, outcome.error, is_final=outcome.is_final)
        sent += not outcome.error
        told = {"message_id": one.claimed.message.id, "kind": one.claimed.message.kind, "is_chat": one.is_chat}
        log.info("alert_sent", **told) if not outcome.error else log.warning("alert_not_sent", **told)
    return sent


def _conditions(
    session: Session, site_ids: Sequence[str]
) -> Mapping[tuple[AlertKind, str | None], conditions.Facts | None]:
    if not site_ids:
        return {}
    found: dict[tuple[AlertKind, str | None], conditions.Facts | None] = {
        (AlertKind.SCORING_DOWN, None): conditions.scoring(session, site_ids)
    }
    for site_id in site_ids:
        here = conditions.at_site(session, site_id, recipients.of_site(session, site_id))
        found |= {(kind, site_id): facts for kind, facts in here.items()}
    return found


def _claim(runtime: Runtime, now: datetime | None) -> list[Ready]:
    ready = []
    with runtime.database.write() as session:
        now = now or session.execute(select(database_now())).scalar_one()
        claimed = messages.claim(session, mail=runtime.settings.mail_server is not None)
        wanted = {one.name: one for one in recipients.everyone(session)} if claimed else {}
        for one in claimed:
            found = _prepared(session, one, wanted, runtime.settings, now)
            ready += [found] if found is not None else []
    return ready


def _prepared(
    session: Session, claimed: Claimed, wanted: Mapping[str, Recipient], settings: Settings, now: datetime
) -> Ready | None:
    """Return the message written out; None where it was dropped or waits."""
    message = claimed.message
    name = f"chat:{message.chat_site_id}" if message.chat_site_id else f"mail:{message.moderator_id}"
    recipient = wanted.get(name)
    if message.phase is not AlertPhase.TEST:
        about = message.about_site_id
        is_wanted = recipient is not None and message.kind in recipient.kinds and about in (None, *recipient.sites)
        if recipient is None or not is_wanted or messages.is_moot(session, message):
            messages.drop(session, claimed)
            return None
        until = messages.waits_until(message, recipient, now=now)
        if until is not None:
            messages.postpone(session, claimed, until)
            return None
    if message.chat_site_id:
        secrets = recipients.of_site(session, message.chat_site_id).secrets
        if not secrets:
            messages.drop(session, claimed)
            return None
        try:
            to = settings.keyring.open_all(secrets)[0]
        except Unopenable:
            messages.settle(session, claimed, "No key in MODERATO_ENCRYPTION_KEYS opens the chat's address.")
            return None
    else:
        to = session.get_one(Moderator, message.moderator_id).email
    return Ready(claimed, to, _text(session, claimed, recipient, settings, now))


def _text(session: Session, claimed: Claimed, recipient: Recipient | None, settings: Settings, now: datetime) -> Text:
    message = claimed.message
    site = session.get(Site, message.about_site_id) if message.about_site_id else None
    base = (settings.public_url or "").rstrip("/")
    page = f"sites/{site.slug}/{words.page_of(message.kind)}" if site else ""
    link, name = (f"{base}/console/{page}" if base else ""), mail.one_line(site.name) if site else ""
    if message.phase is AlertPhase.TEST or message.kind is None:
        return words.of_test(site=name, link=link)
    if message.phase is AlertPhase.SUMMARY and site is not None and recipient is not None:
        figures = summary.of_site(session, site.id, recipient.hours.day_before(now))
        return words.of_summary(figures, site=name, link=link)
    facts = episodes.facts_of(session, message.episode_key)
    return words.of_condition(message.kind, message.phase, facts, site=name, link=link)


def _post(one: Ready, settings: Settings) -> SendOutcome:
    body = json.dumps(words.chat(one.text), ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "user-agent": f"Moderato/{VERSION} (+alerts)"}
    reply = outbound.post(one.to, body, headers, allowed=settings.callback_allowances)
    if reply.outcome is AttemptOutcome.DELIVERED:
        return SendOutcome()
    return SendOutcome(error=reply.detail or f"The chat answered with status {reply.status}.")


def _mail(one: Ready, settings: Settings) -> SendOutcome:
    server = settings.mail_server
    if server is None:
        return SendOutcome(error="MODERATO_SMTP_HOST is not set.", is_for_all=True)
    message_id, now = one.claimed.message.id, one.claimed.message.created_at
    try:
        text = f"{one.text.body}\n\n-- \n{words.FOOT}\n"
        composed = mail.compose(server, one.to, subject=one.text.subject, text=text, message_id=message_id, now=now)
        mail.send(server, composed)
    except MailFault as fault:
        about_one = fault.is_about_recipient
        return SendOutcome(error=str(fault), is_final=about_one, is_for_all=not about_one)
    return SendOutcome()
