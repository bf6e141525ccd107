"""The policy page: edit the rules, see what they would have done, activate, plan, try as a shadow, roll back.

The draft lives in the form alone, so that two leads do not overwrite each other's: activating names the version the
draft was made from, and a newer one in force is a conflict that explains itself.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.insight.figures import VERDICT_WORDS
from service.console.policy import form as policy_form
from service.console.policy.form import Difference, Read
from service.context import context
from service.errors import Conflict, Invalid, NotFound
from service.models import Policy
from service.models.moderator import Role
from service.moderation.insight.periods import of_days
from service.moderation.policy import policies, schedule
from service.moderation.policy.rules import Rules
from service.moderation.trials import past, shadow
from service.moderation.trials.past import Past
from service.moderation.trials.preview import Preview, curve, least_threshold, preview
from service.moderation.trials.term_trial import TermTrial, try_terms
from service.vocabulary import Attribute

DAYS = (1, 7, 30, 90)
WANTED_PRECISION = 0.9
KEPT_SECONDS = 60.0  # how long a drawn past serves further previews: dragging a threshold asks for several a minute
KEPT_PASTS = 8

_pasts: dict[tuple[str, int, bool], tuple[float, Past]] = {}
_pasts_lock = threading.Lock()


@console.get("/sites/<site>/policy")
@access.require(Role.VIEWER)
def policy() -> ResponseReturnValue:
    """Show the rules in force, or those of `version` as a draft, with what they would have done."""
    site = access.current_site()
    wanted = request.args.get("version", type=int)
    with context().database.read() as session:
        rules = policies.active(session, site.id).rules if wanted is None else _version(session, site.id, wanted)
    return _page(Read(rules, policy_form.fields_of(rules), {}), previewed=wanted is not None)


@console.post("/sites/<site>/policy/preview")
@access.require(Role.LEAD)
def policy_preview() -> ResponseReturnValue:
    """Show what the rules in the form would have done; for htmx only that part of the page."""
    draft = policy_form.read(request.form)
    if request.headers.get("HX-Request") != "true":
        return _page(draft, previewed=True), 200 if draft.rules else 422
    if draft.rules is None:
        return render_template("console/policy_preview.html", faults=draft.faults, preview=None), 422
    return render_template("console/policy_preview.html", faults={}, **_previewed(draft.rules))


@console.post("/sites/<site>/policy/terms")
@access.require(Role.LEAD)
def policy_terms() -> ResponseReturnValue:
    """Try the form's two lists on the past."""
    draft = policy_form.read(request.form)
    trials: list[tuple[str, TermTrial]] = []
    drawn = _drawn(_days())
    for name in ("blocked_terms", "suspect_terms"):
        if name not in draft.faults:
            terms = [line.strip() for line in draft.fields[name].splitlines() if line.strip()]
            trials += [(name, trial) for trial in try_terms(terms, drawn.cases)]
    if request.headers.get("HX-Request") == "true":
        return render_template("console/policy_terms.html", trials=trials, past=drawn)
    return _page(draft, previewed=False, trials=trials, past=drawn)


@console.post("/sites/<site>/policy/activate")
@access.require(Role.LEAD)
def activate_policy() -> ResponseReturnValue:
    """Put the form's rules in force: a new version."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return _page(draft, previewed=False), 422
    site = access.current_site()
    with context().database.write() as session:
        current = policies.active(session, site.id)
        _refuse_stale(current.version)
        changes = policy_form.differences(current.rules, draft.rules)
        activated = policies.activate(session, site.id, draft.rules, author=_author())
        if activated.version != current.version:
            _record(session, "policy.activate", str(activated.version), changes, based_on=current.version)
    if activated.version == current.version:
        flash("These are the rules in force already; nothing was changed.")
    else:
        flash(f"Version {activated.version} is in force. Comments already judged keep their verdicts.")
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/roll-back")
@access.require(Role.LEAD)
def roll_back_policy() -> ResponseReturnValue:
    """Put an earlier version's rules in force again, as a new version: history is never rewritten."""
    site, wanted = access.current_site(), request.form.get("version", type=int) or 0
    with context().database.write() as session:
        rules = _version(session, site.id, wanted)
        current = policies.active(session, site.id)
        _refuse_stale(current.version)
        changes = policy_form.differences(current.rules, rules)
        activated = policies.activate(session, site.id, rules, author=_author())
        if activated.version != current.version:
            _record(session, "policy.roll_back", str(activated.version), changes, rules_of=wanted)
    flash(f"The rules of version {wanted} are in force again, as version {activated.version}.")
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/schedule")
@access.require(Role.LEAD)
def schedule_policy() -> ResponseReturnValue:
    """Have the form's rules come into force later."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return _page(draft, previewed=False), 422
    at = _moment(request.form.get("activates_at", ""))
    if at <= utc_now():
        raise Invalid("The time has passed; choose one in the future, or activate the policy now.")
    site = access.current_site()
    with context().database.write() as session:
        changes = policy_form.differences(policies.active(session, site.id).rules, draft.rules)
        row = schedule.plan(session, site.id, draft.rules, at=at, author=_author())
        _record(session, "policy.schedule", row.id, changes, activates_at=at.isoformat())
    flash(f"The policy comes into force on {at:%-d %B %Y at %H:%M} UTC.")
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/schedule/cancel")
@access.require(Role.LEAD)
def cancel_scheduled_policy() -> ResponseReturnValue:
    """Call off a planned policy."""
    site, schedule_id = access.current_site(), request.form.get("schedule", "")
    with context().database.write() as session:
        if not schedule.cancel(session, site.id, schedule_id):
            raise Conflict("This plan is in force already, or was called off before.")
        _record(session, "policy.cancel_scheduled", schedule_id, [])
    flash("The planned policy was called off.")
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/shadow")
@access.require(Role.LEAD)
def start_shadow_policy() -> ResponseReturnValue:
    """Let the form's rules judge every new comment beside the policy, acting on nothing."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return _page(draft, previewed=False), 422
    site = access.current_site()
    with context().database.write() as session:
        changes = policy_form.differences(policies.active(session, site.id).rules, draft.rules)
        row = shadow.start(session, site.id, draft.rules, author=_author())
        _record(session, "policy.start_shadow", row.id, changes)
    flash("The draft now judges every new comment beside the policy. It acts on nothing.")
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/shadow/stop")
@access.require(Role.LEAD)
def stop_shadow_policy() -> ResponseReturnValue:
    """End the shadow; what it recorded stays."""
    site = access.current_site()
    with context().database.write() as session:
        if shadow.stop(session, site.id):
            _record(session, "policy.stop_shadow", "", [])
    flash("The shadow policy has ended.")
    return redirect(url_for("console.policy"), 303)


@console.get("/sites/<site>/policy/versions/<int:version>")
@access.require(Role.VIEWER)
def policy_version(version: int) -> ResponseReturnValue:
    """Show what a version changed, against the one before and against the one in force."""
    site = access.current_site()
    with context().database.read() as session:
        rules = _version(session, site.id, version)
        row = session.scalar(select(Policy).where(Policy.site_id == site.id, Policy.version == version))
        before = _version(session, site.id, version - 1) if version > 1 else Rules()
        current = policies.active(session, site.id)
    return render_template(
        "console/policy_version.html",
        nav="Policy",
        row=row,
        version=version,
        current=current,
        from_before=policy_form.differences(before, rules),
        from_current=policy_form.differences(current.rules, rules),
    )


@console.get("/sites/<site>/policy/curves")
@access.require(Role.VIEWER)
def policy_curves() -> ResponseReturnValue:
    """Return the curves of all attributes for the chart, or one attribute's as a page with a table."""
    drawn, wanted = _drawn(_days()), request.args.get("attribute", "")
    if wanted in list(Attribute):
        points = curve(drawn.cases, Attribute(wanted))
        return render_template(
            "console/policy_curve.html",
            nav="Policy",
            attribute=Attribute(wanted),
            points=points[::5],
            past=drawn,
            days=_days(),
            proposed=least_threshold(points, precision=WANTED_PRECISION),
        )
    curves = {}
    for attribute in Attribute:
        points = curve(drawn.cases, attribute)
        curves[attribute.value] = {
            "at": [point.at for point in points],
            "reached": [point.reached.value for point in points],
            "precision": [point.precision.value for point in points],
            "low": [point.precision.interval[0] if point.precision.interval else None for point in points],
            "high": [point.precision.interval[1] if point.precision.interval else None for point in points],
            "recall": [point.recall.value for point in points],
            "decided": [point.precision.of for point in points],
            "proposed": least_threshold(points, precision=WANTED_PRECISION),
        }
    return jsonify(curves=curves, cases=len(drawn.cases), total=drawn.total, decided=drawn.decided_by_people)


def _page(draft: Read, *, previewed: bool, **more: object) -> str:
    site = access.current_site()
    with context().database.read() as session:
        active = policies.active(session, site.id)
        versions = session.scalars(
            select(Policy).where(Policy.site_id == site.id).order_by(Policy.version.desc()).limit(20)
        ).all()
        running = shadow.running(session, site.id)
        told: dict[str, object] = {
            "planned": schedule.waiting(session, site.id),
            "shadow": running,
            "comparison": shadow.compare(session, running) if running else None,
        }
    if previewed and draft.rules is not None:
        told |= _previewed(draft.rules)
    told |= {
        "nav": "Policy",
        "active": active,
        "versions": versions,
        "draft": draft.fields,
        "faults": draft.faults,
        "attributes": list(Attribute),
        "labels": policy_form.LABELS,
        "days": _days(),
        "all_days": DAYS,
        "verdicts": list(VERDICT_WORDS),
        "may_change": access.may(Role.LEAD),
        "earliest": (utc_now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M"),
    }
    return render_template("console/policy.html", **told | more)


def _previewed(rules: Rules) -> dict[str, object]:
    with context().database.read() as session:
        active = policies.active(session, access.current_site().id)
    on_authors = active.rules.count_on_authors or rules.count_on_authors
    drawn = _drawn(_days(), on_authors=on_authors)
    found: Preview = preview(drawn.cases, active.rules, rules)
    changes: list[Difference] = policy_form.differences(active.rules, rules)
    return {
        "preview": found,
        "past": drawn,
        "on_authors": on_authors,
        "changes": changes,
        "active": active,
        "verdicts": list(VERDICT_WORDS),
        "days": _days(),
    }


def _drawn(days: int, *, on_authors: bool = False) -> Past:
    site = access.current_site()
    key, now = (site.id, days, on_authors), time.monotonic()
    with _pasts_lock:
        kept = _pasts.get(key)
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1]
    with context().database.read() as session:
        drawn = past.draw(session, site.id, of_days(days, now=utc_now()), on_authors=on_authors)
    with _pasts_lock:
        for old in [old for old, (at, _) in _pasts.items() if now - at >= KEPT_SECONDS]:
            del _pasts[old]
        while len(_pasts) >= KEPT_PASTS:
            del _pasts[min(_pasts, key=lambda known: _pasts[known][0])]
        _pasts[key] = (now, drawn)
    return drawn


def _version(session: Session, site_id: str, version: int) -> Rules:
    if version == 0:
        return Rules()
    row = session.scalar(select(Policy).where(Policy.site_id == site_id, Policy.version == version))
    if row is None:
        raise NotFound("There is no such version of this site's policy.")
    return Rules.model_validate(row.rules)


def _refuse_stale(version: int) -> None:
    based_on = request.form.get("based_on", type=int)
    if based_on != version:
        raise Conflict(
            f"Version {version} came into force while you worked on a draft of version {based_on}. Open the policy "
            "again, look at what changed, and make your changes there."
        )


def _record(session: Session, action: str, subject_id: str, changes: list[Difference], **more: object) -> None:
    told = [f"{change.label}: {change.before} → {change.after}"[:300] for change in changes[:50]]
    record(session, action, subject=("policy", subject_id), detail={"changes": told, **more})


def _author() -> str:
    return access.current_moderator().name


def _days() -> int:
    days = request.values.get("days", default=7, type=int)
    return days if days in DAYS else 7


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("The time cannot be read; write it as 2026-01-31T09:00, in UTC.") from None
