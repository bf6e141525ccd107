"""What alerts say, pure: plain text of figures, names of sites and hosts, and links. No comment's text, ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.models import AlertKind, AlertPhase
from service.sentences import N_

LABELS = {
    AlertKind.QUEUE_OLD: N_("A comment is held for too long"),
    AlertKind.QUEUE_LONG: N_("Too many comments are held"),
    AlertKind.SCORING_DOWN: N_("Scoring is down"),
    AlertKind.CALLBACKS_FAILING: N_("Callbacks are failing"),
    AlertKind.LEGAL_NOTICE: N_("A legal notice waits"),
    AlertKind.MORNING_SUMMARY: N_("Every morning at eight: a summary"),
}
PAGES = {
    AlertKind.QUEUE_OLD: "review",
    AlertKind.QUEUE_LONG: "review",
    AlertKind.SCORING_DOWN: "dashboard",
    AlertKind.CALLBACKS_FAILING: "dashboard",
    AlertKind.LEGAL_NOTICE: "legal-notices",
    AlertKind.MORNING_SUMMARY: "review",
}
OVER = {
    AlertKind.QUEUE_OLD: "no comment has been held for longer than your limit any more",
    AlertKind.QUEUE_LONG: "the review queue is below your limit again",
    AlertKind.SCORING_DOWN: "scoring is up again",
    AlertKind.CALLBACKS_FAILING: "callbacks are delivered again",
    AlertKind.LEGAL_NOTICE: "no legal notice waits any more",
}
FOOT = "You can choose which alerts you get, and your quiet hours, under Preferences in the console."


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A site's figures of a morning."""

    held: int
    oldest_minutes: int
    approved: int
    rejected: int
    rejected_by_policy: int
    appeals: int


@dataclass(frozen=True)
class Text:
    """A message: one line, and what follows it."""

    subject: str
    body: str


def of_condition(kind: AlertKind, phase: AlertPhase, facts: Mapping[str, Any], /, *, site: str, link: str) -> Text:
    """Return the message about a condition; `site` is "" where it concerns all sites."""
    where = f"{site}: " if site else ""
    if phase is AlertPhase.OVER:
        sentence = OVER[kind]
        return _text(f"{where}{sentence if site else _capital(sentence)}", "This is over.", link)
    first, more = _sentences(kind, facts)
    still = "Still: " if phase is AlertPhase.LASTS else ""
    return _text(f"{still}{where}{first}", more, link)


def of_summary(summary: Summary, /, *, site: str, link: str) -> Text:
    """Return the morning's summary of a site."""
    lines = [
        f"Held now: {summary.held:,}" + (f", the oldest for {ago(summary.oldest_minutes)}" if summary.held else ""),
        f"Moderators approved {summary.approved:,} and rejected {summary.rejected:,} yesterday.",
        f"The policy rejected {summary.rejected_by_policy:,} yesterday.",
        f"Open appeals: {summary.appeals:,}",
    ]
    return _text(f"{site}: {_comments(summary.held)} held this morning", "\n".join(lines), link)


def of_test(*, site: str, link: str) -> Text:
    """Return a test message."""
    return _text(f"{site}: this is a test" if site else "This is a test", "Alerts from Moderato arrive here.", link)


def chat(text: Text, /) -> dict[str, str]:
    """Return the message as Slack and its kin take it; names in it can call nobody (`<!channel>`)."""
    body = f"{text.subject}\n{text.body}"
    return {"text": body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def ago(minutes: float, /) -> str:
    """Return minutes as "50 minutes", "5 hours", "3 days"."""
    for length, unit, below in ((1, "minute", 120), (60, "hour", 48)):
        if minutes / length < below:
            count = round(minutes / length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{round(minutes / 1_440)} days"


def page_of(kind: AlertKind | None, /) -> str:
    """Return the page of the site that shows more."""
    return PAGES[kind] if kind else "review"


def _sentences(kind: AlertKind, facts: Mapping[str, Any]) -> tuple[str, str]:
    amount = int(facts.get("amount", 0))
    if kind is AlertKind.QUEUE_OLD:
        first = f"a comment has been held for {ago(facts['minutes'])}"
        return first, f"{_comments(amount)} held. Your limit is {ago(facts['limit'])}."
    if kind is AlertKind.QUEUE_LONG:
        return f"{_comments(amount)} held", f"Your limit is {facts['limit']:,}."
    if kind is AlertKind.SCORING_DOWN:
        kept = "Comments are accepted and stored; none is lost."
        if facts.get("why") == "workers":
            return "Scoring is down", f"No classification worker is responding. {kept}"
        return "Scoring is failing", "Comments are held because no classifier could read them. None is published."
    if kind is AlertKind.CALLBACKS_FAILING:
        hosts = ", ".join(facts.get("hosts", ())) or "this service"
        late = "Callbacks are overdue: no delivery worker takes them." if facts.get("overdue") else ""
        kept = "They are kept for 30 days and sent when the endpoint works again."
        broken = f"{amount} endpoint{'' if amount == 1 else 's'} ({hosts}). {kept}" if amount else ""
        return "callbacks are failing", " ".join(part for part in (broken, late) if part)
    return f"{amount} legal notice{' waits' if amount == 1 else 's wait'}", "The law sets a time limit for them."


def _text(subject: str, body: str, link: str) -> Text:
    return Text(f"Moderato: {subject}", "\n\n".join(part for part in (body, link) if part))


def _comments(count: int) -> str:
    return f"{count:,} comment{' is' if count == 1 else 's are'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
