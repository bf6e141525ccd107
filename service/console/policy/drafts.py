"""The draft in the policy's form: kept while it is typed, begun from a preset, looked over before it is activated."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.console import access
from service.console.acts import require_sure
from service.console.blueprint import console
from service.console.insight.figures import VERDICT_WORDS
from service.console.numbers import whole_number
from service.console.policy import editor, trying
from service.console.policy import form as policy_form
from service.context import context
from service.errors import Conflict, Invalid
from service.models.moderator import Role
from service.moderation.policy import drafts, policies, presets
from service.moderation.policy.differences import differences

PRESET_DAYS = 28
MARK = "Draft-Mark"  # policy.js puts it into the form that discards the draft


@console.post("/sites/<site>/policy/draft")
@access.require(Role.LEAD)
def save_policy_draft() -> ResponseReturnValue:
    """Keep what is in the form, whether it keeps the rules or not; the header has the draft's new mark.

    What is sent on leaving the page says which draft it was typed on: it brings back none that was discarded meanwhile.
    """
    if request.form.get("typed_on"):
        with context().database.read() as session:
            if drafts.find(session, access.current_site().id, access.current_moderator().id) is None:
                return "", 204
    return "", 204, {MARK: editor.keep(policy_form.read(request.form).fields)}


@console.post("/sites/<site>/policy/draft/discard")
@access.require(Role.LEAD)
def discard_policy_draft() -> ResponseReturnValue:
    """Drop the draft that the visitor saw; the form shows the rules in force again."""
    require_sure()
    site_id, moderator_id = access.current_site().id, access.current_moderator().id
    with context().database.write() as session:
        if not drafts.discard(session, site_id, moderator_id, mark=request.form.get("seen", "")):
            raise Conflict(
                "Your draft has changed since you opened this page, or is gone. Nothing was discarded. Reload the page."
            )
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/preset")
@access.require(Role.LEAD)
def use_policy_preset() -> ResponseReturnValue:
    """Put a preset's thresholds into the form; nothing is activated."""
    preset = presets.find(request.form.get("preset", ""))
    if preset is None:
        raise Invalid("There is no such preset. Choose cautious, balanced or strict.")
    fields = policy_form.read(request.form).fields | policy_form.thresholds_of(preset.thresholds)
    editor.keep(fields)
    return editor.page(policy_form.read(fields), previewed=True)


@console.get("/sites/<site>/policy/presets")
@access.require(Role.VIEWER)
def policy_presets() -> ResponseReturnValue:
    """Show what each preset would have done to the site's own last weeks; for htmx that part of the page alone."""
    site = access.current_site()
    with context().database.read() as session:
        active = policies.active(session, site.id)
    shown: dict[str, Any] = {
        "tried": trying.presets(site.id, PRESET_DAYS, active.rules),
        "presets": presets.PRESETS,
        "current": presets.of_rules(active.rules),
        "days": PRESET_DAYS,
        "verdicts": list(VERDICT_WORDS),
    }
    if request.headers.get("HX-Request") == "true":
        return render_template("console/policy_presets.html", **shown)
    return render_template("console/policy_presets_page.html", nav="Policy", **shown)


@console.post("/sites/<site>/policy/confirm")
@access.require(Role.LEAD)
def confirm_policy() -> ResponseReturnValue:
    """Show what the draft would change in the policy in force, before it is activated."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return editor.page(draft, previewed=False), 422
    editor.keep(draft.fields)
    with context().database.read() as session:
        active = policies.active(session, access.current_site().id)
    return render_template(
        "console/policy_confirm.html",
        nav="Policy",
        fields=draft.fields,
        active=active,
        is_stale=whole_number(request.form.get("based_on", "")) != active.version,
        changes=differences(active.rules, draft.rules),
    )
