"""The audit log in the console: read, filter, export, verify; and the transparency report of a period."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.clock import utc_now
from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.formats import number
from service.console.insight import dashboard
from service.console.numbers import whole_number
from service.console.tables import csv_answer
from service.context import context
from service.errors import Invalid, NotFound
from service.models.moderator import Role
from service.moderation import audit_log
from service.moderation.audit_log import Filter
from service.moderation.insight import transparency
from service.moderation.insight.counts.periods import PRESETS

PAGE = 50
HEAD = (
    "number", "at", "actor_kind", "actor_id", "actor", "action", "subject_kind", "subject_id", "detail",
    "previous_hash", "hash",
)  # fmt: skip
FILTERS = ("action", "actor", "subject", "since", "until")


@console.get("/sites/<site>/audit")
@access.require(Role.LEAD)
def audit() -> ResponseReturnValue:
    """Show the site's entries, newest first."""
    site = access.current_site()
    before = whole_number(request.args.get("before", ""))
    with context().database.read() as session:
        found = audit_log.entries(session, _wanted(), before=before, limit=PAGE + 1)
        actions = audit_log.actions(session, site.id)
    return render_template(
        "console/audit.html",
        nav="Audit",
        entries=found[:PAGE],
        older=found[PAGE - 1].number if len(found) > PAGE else None,
        actions=actions,
        chosen=_chosen(),
    )


@console.get("/sites/<site>/audit.<kind>")
@access.require(Role.LEAD)
def audit_export(kind: str) -> ResponseReturnValue:
    """Send all entries that fit as CSV, or as JSON lines whose hashes a program can check."""
    site, wanted = access.current_site(), _wanted()
    if kind not in ("csv", "jsonl"):
        raise NotFound("The log is exported as csv or jsonl.")
    with context().database.write() as session:
        record(session, "audit.export", subject=("audit", kind), detail={"filter": _chosen()})
    database = context().database
    if kind == "csv":
        with database.read() as session:
            rows = [
                [json.dumps(entry[name], ensure_ascii=False) if name == "detail" else entry[name] for name in HEAD]
                for entry in audit_log.export(session, wanted)
            ]
        return csv_answer(f"{site.slug}-audit.csv", HEAD, rows)

    def lines() -> Iterator[str]:
        with database.read() as session:
            for entry in audit_log.export(session, wanted):
                yield json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"

    disposition = {"Content-Disposition": f'attachment; filename="{site.slug}-audit.jsonl"'}
    return Response(lines(), content_type="application/x-ndjson", headers=disposition)


@console.post("/sites/<site>/audit/verify")
@access.require(Role.LEAD)
def verify_audit() -> ResponseReturnValue:
    """Walk the whole chain, of all sites, and say whether it is intact."""
    with context().database.read() as session:
        found = audit_log.verify(session)
    if found.intact:
        flash(
            _(
                "The chain is intact: %(count)s entries. Its head is %(head)s.",
                count=number(found.entries),
                head=found.noted,
            )
        )
    else:
        flash(_("The chain is BROKEN: %(fault)s. Do not rely on entries from there on.", fault=found.fault))
    return redirect(url_for("console.audit"), 303)


@console.get("/sites/<site>/transparency")
@access.require(Role.LEAD)
def transparency_report() -> ResponseReturnValue:
    """Show the figures of the transparency report over a period."""
    site, period = access.current_site(), dashboard.period_asked()
    with context().database.read() as session:
        report = transparency.report(session, site.id, period)
    return render_template(
        "console/transparency.html",
        nav="Audit",
        report=report,
        period=period,
        presets=list(PRESETS),
        chosen=dashboard.period_chosen(),
    )


@console.get("/sites/<site>/transparency.<kind>")
@access.require(Role.LEAD)
def transparency_export(kind: str) -> ResponseReturnValue:
    """Send the report as JSON, or as CSV with a row for each of the same fields and grounds."""
    site, period = access.current_site(), dashboard.period_asked()
    if kind not in ("csv", "json"):
        raise NotFound("The report is exported as csv or json.")
    with context().database.read() as session:
        told = transparency.report(session, site.id, period).as_record()
    if kind == "csv":
        return csv_answer(f"{site.slug}-transparency.csv", ("field", "ground", "value"), _flat(told))
    body = json.dumps({"site": site.slug, **told}, ensure_ascii=False, indent=2)
    disposition = {"Content-Disposition": f'attachment; filename="{site.slug}-transparency.json"'}
    return Response(body + "\n", content_type="application/json", headers=disposition)


def _flat(told: dict[str, Any]) -> Iterator[tuple[str, str, object]]:
    for field, value in told.items():
        if field == "grounds":
            for ground in value:
                yield "restrictions_automated", ground["ground"], ground["automated"]
                yield "restrictions_by_people", ground["ground"], ground["by_people"]
        elif field == "legal_notices_by_kind":
            for kind in value:
                yield "legal_notices_received", kind["kind"], kind["received"]
        else:
            yield field, "", value


def _wanted() -> Filter:
    chosen = _chosen()
    until = _day(chosen["until"])
    return Filter(
        site_id=access.current_site().id,
        action=chosen["action"],
        actor=chosen["actor"],
        subject_id=chosen["subject"],
        since=_day(chosen["since"]),
        until=until + timedelta(days=1) if until else None,
    )


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:200] for name in FILTERS}


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("This date cannot be read. Write it as 2026-01-31.") from None
    return min(day, utc_now() + timedelta(days=366))
