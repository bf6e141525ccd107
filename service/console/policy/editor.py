"""The policy page: the form with the rules, what they would have done to past comments, the versions before.

A draft exists only in the form. `console.policy.changes` puts it in force.
"""

from datetime import timedelta

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from service.clock import utc_now
from service.console import access
from service.console.blueprint import console
from service.console.insight.figures import VERDICT_WORDS
from service.console.numbers import whole_number
from service.console.policy import form as policy_form
from service.console.policy import overrides, thresholds, trying
from service.console.policy.form import Read
from service.console.saying import said
from service.context import context
from service.errors import Unavailable
from service.models.moderator import Role
from service.moderation.policy import drafts, policies, presets, schedule
from service.moderation.policy.differences import LABELS, differences
from service.moderation.policy.rules import Rules
from service.moderation.trials import shadow
from service.vocabulary import Attribute

DAYS = (1, 7, 30, 90)
TERM_LISTS = ("blocked_terms", "suspect_terms")
SHOWN_VERSIONS = 20


@console.get("/sites/<site>/policy")
@access.require(Role.VIEWER)
def policy() -> ResponseReturnValue:
    """Show the rules in force; with `version`, those of an earlier version as a draft with its preview."""
    site = access.current_site()
    wanted = whole_number(request.args.get("version", ""))
    with context().database.read() as session:
        kept = drafts.find(session, site.id, access.current_moderator().id) if wanted is None else None
        rules = (
            policies.active(session, site.id).rules if wanted is None else policies.rules_of(session, site.id, wanted)
        )
    if kept is not None:
        mark = drafts.mark_of(kept)
        return page(policy_form.read(kept.fields), previewed=False, kept=kept, mark=mark, based_on=kept.based_on)
    return page(Read(rules, policy_form.fields_of(rules), {}), previewed=wanted is not None)


@console.post("/sites/<site>/policy/preview")
@access.require(Role.LEAD)
def policy_preview() -> ResponseReturnValue:
    """Preview the rules in the form on past comments and keep them; for htmx return that part of the page alone."""
    draft = policy_form.read(request.form)
    if request.headers.get("HX-Request") != "true":
        keep(draft.fields)
        return page(draft, previewed=True), 200 if draft.rules else 422
    if draft.rules is None:
        return render_template("console/policy_preview.html", faults=draft.faults, preview=None), 422
    return render_template("console/policy_preview.html", faults={}, **_previewed(draft.rules))


@console.post("/sites/<site>/policy/terms")
@access.require(Role.LEAD)
def policy_terms() -> ResponseReturnValue:
    """Try the terms in the form on past comments."""
    draft = policy_form.read(request.form)
    lists = {
        name: [line.strip() for line in draft.fields[name].splitlines() if line.strip()]
        for name in TERM_LISTS
        if name not in draft.faults
    }
    tried = trying.terms(access.current_site().id, _days(), lists)
    if request.headers.get("HX-Request") == "true":
        return render_template("console/policy_terms.html", tried=tried)
    return page(draft, previewed=False, tried=tried)


@console.get("/sites/<site>/policy/versions/<int:version>")
@access.require(Role.VIEWER)
def policy_version(version: int) -> ResponseReturnValue:
    """Show the differences of a version from the one before it and from the one in force."""
    site = access.current_site()
    with context().database.read() as session:
        row = policies.version(session, site.id, version) if version else None
        rules = policies.rules_of(session, site.id, version)
        before = policies.rules_of(session, site.id, max(0, version - 1))
        current = policies.active(session, site.id)
    return render_template(
        "console/policy_version.html",
        nav="Policy",
        row=row,
        version=version,
        current=current,
        from_before=differences(before, rules),
        from_current=differences(current.rules, rules),
    )


@console.get("/sites/<site>/policy/curves")
@access.require(Role.VIEWER)
def policy_curves() -> ResponseReturnValue:
    """Return the curves of all attributes as JSON for the chart, or those of one attribute as a page with a table."""
    found, wanted = trying.curves(access.current_site().id, _days()), request.args.get("attribute", "")
    if wanted in list(Attribute):
        shown = found.curves[Attribute(wanted)]
        return render_template(
            "console/policy_curve.html",
            nav="Policy",
            attribute=Attribute(wanted),
            points=shown.points[::5],
            sample=found.sample,
            days=_days(),
            proposed=shown.proposed,
        )
    curves = {
        attribute.value: {
            "at": [point.at for point in curve.points],
            "reached": [point.reached.value for point in curve.points],
            "precision": [point.precision.value for point in curve.points],
            "low": [point.precision.interval[0] if point.precision.interval else None for point in curve.points],
            "high": [point.precision.interval[1] if point.precision.interval else None for point in curve.points],
            "recall": [point.recall.value for point in curve.points],
            "decided": [point.precision.of for point in curve.points],
            "proposed": curve.proposed,
        }
        for attribute, curve in found.curves.items()
    }
    sample = found.sample
    return jsonify(curves=curves, cases=sample.comments, total=sample.total, decided=sample.decided)


def page(draft: Read, *, previewed: bool, **more: object) -> str:
    """Return the policy page with `draft` in its form."""
    site = access.current_site()
    with context().database.read() as session:
        active = policies.active(session, site.id)
        running = shadow.running(session, site.id)
        shown: dict[str, object] = {
            "versions": policies.versions(session, site.id, limit=SHOWN_VERSIONS),
            "planned": schedule.planned(session, site.id),
            "shadow": running,
            "comparison": shadow.compare(session, running) if running else None,
        }
    if previewed and draft.rules is not None:
        try:
            shown |= _previewed(draft.rules)
        except Unavailable as problem:  # the draft stays on the page
            shown["unavailable"] = said(problem.detail)
    shown |= {
        "nav": "Policy",
        "active": active,
        "overrides": overrides.listed(active),
        "draft": draft.fields,
        "based_on": active.version if (begun := whole_number(request.form.get("based_on", ""))) is None else begun,
        "faults": draft.faults,
        "labels": LABELS,
        "days": _days(),
        "all_days": DAYS,
        "verdicts": list(VERDICT_WORDS),
        "may_change": access.may(Role.LEAD),
        "presets": presets.PRESETS,
        "earliest": (utc_now() + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M"),
    }
    return render_template("console/policy.html", **shown | thresholds.listed(draft.faults) | more)


def keep(fields: dict[str, str], /) -> str:
    """Store the form's fields as the visitor's draft, with the version that they began from; return its mark."""
    site, moderator = access.current_site(), access.current_moderator()
    with context().database.write() as session:
        based_on = whole_number(request.form.get("based_on", ""))
        if based_on is None:
            based_on = policies.active(session, site.id).version
        return drafts.mark_of(drafts.save(session, site.id, moderator.id, fields, based_on=based_on))


def _previewed(rules: Rules) -> dict[str, object]:
    site = access.current_site()
    with context().database.read() as session:
        active = policies.active(session, site.id)
    return {
        "preview": trying.preview(site.id, _days(), rules),
        "changes": differences(active.rules, rules),
        "active": active,
        "verdicts": list(VERDICT_WORDS),
        "days": _days(),
    }


def _days() -> int:
    days = whole_number(request.values.get("days", ""))
    return days if days in DAYS else 7
