"""What the policy page changes: activate, plan, roll back and the shadow; each is one call of the domain."""

from datetime import UTC, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.clock import utc_now
from service.console import access
from service.console.acts import actor, record, require_sure
from service.console.blueprint import console
from service.console.formats import written
from service.console.numbers import whole_number
from service.console.policy import editor
from service.console.policy import form as policy_form
from service.context import context
from service.errors import Conflict, Invalid
from service.models.moderator import Role
from service.moderation.policy import changes, drafts, policies, schedule
from service.moderation.policy.differences import as_lines, differences
from service.moderation.trials import shadow


@console.post("/sites/<site>/policy/activate")
@access.require(Role.LEAD)
def activate_policy() -> ResponseReturnValue:
    """Put the rules in the form in force: a new version."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return editor.page(draft, previewed=False), 422
    with context().database.write() as session:
        change = changes.put_in_force(
            session,
            access.current_site().id,
            draft.rules,
            actor=actor(),
            based_on=policy_form.based_on(request.form),
        )
        drafts.forget(session, access.current_site().id, access.current_moderator().id)
    if change.is_new:
        flash(
            _(
                "Version %(version)s is in force. Comments already judged keep their verdicts, "
                "unless you apply it to past comments.",
                version=change.after.version,
            )
        )
    else:
        flash(_("These rules are already in force. Nothing was changed."))
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/roll-back")
@access.require(Role.LEAD)
def roll_back_policy() -> ResponseReturnValue:
    """Put the rules of an earlier version in force again, as a new version."""
    site, wanted = access.current_site(), whole_number(request.form.get("version", "")) or 0
    with context().database.write() as session:
        change = changes.put_in_force(
            session,
            site.id,
            policies.rules_of(session, site.id, wanted),
            actor=actor(),
            based_on=policy_form.based_on(request.form),
            detail={"rules_of_version": wanted},
        )
    if change.is_new:
        flash(
            _(
                "The rules of version %(version)s are in force again, as version %(new)s.",
                version=wanted,
                new=change.after.version,
            )
        )
    else:
        flash(_("These rules are already in force. Nothing was changed."))
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/schedule")
@access.require(Role.LEAD)
def schedule_policy() -> ResponseReturnValue:
    """Plan the rules in the form for a later time."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return editor.page(draft, previewed=False), 422
    at = _moment(request.form.get("activates_at", ""))
    if at <= utc_now():
        raise Invalid("This time has passed. Choose one in the future, or activate the policy now.")
    with context().database.write() as session:
        schedule.plan(
            session,
            access.current_site().id,
            draft.rules,
            at=at,
            actor=actor(),
            based_on=policy_form.based_on(request.form),
        )
        drafts.forget(session, access.current_site().id, access.current_moderator().id)
    flash(
        _(
            "The policy comes into force on %(day)s at %(time)s UTC.",
            day=written(at, "words"),
            time=written(at, "hour"),
        )
    )
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/schedule/cancel")
@access.require(Role.LEAD)
def cancel_scheduled_policy() -> ResponseReturnValue:
    """Cancel a planned policy."""
    require_sure()
    site, schedule_id = access.current_site(), request.form.get("schedule", "")
    with context().database.write() as session:
        if not schedule.cancel(session, site.id, schedule_id):
            raise Conflict("This plan is already in force, or was cancelled before.")
        record(session, "policy.cancel_scheduled", subject=("policy", schedule_id))
    flash(_("The planned policy was cancelled."))
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/shadow")
@access.require(Role.LEAD)
def start_shadow_policy() -> ResponseReturnValue:
    """Let the rules in the form judge every new comment beside the policy, without acting on any."""
    draft = policy_form.read(request.form)
    if draft.rules is None:
        return editor.page(draft, previewed=False), 422
    site = access.current_site()
    with context().database.write() as session:
        active = policies.active(session, site.id)
        found = differences(active.rules, draft.rules)
        # The draft stays in the form: after some days it is activated, or changed.
        drafts.save(session, site.id, access.current_moderator().id, draft.fields, based_on=active.version)
        row = shadow.start(session, site.id, draft.rules, author=_author())
        record(session, "policy.start_shadow", subject=("policy", row.id), detail={"changes": as_lines(found)})
    flash(_("The draft now judges every new comment beside the policy. It acts on none of them."))
    return redirect(url_for("console.policy"), 303)


@console.post("/sites/<site>/policy/shadow/stop")
@access.require(Role.LEAD)
def stop_shadow_policy() -> ResponseReturnValue:
    """End the shadow policy that the visitor saw; its judgements stay."""
    require_sure()
    site, shadow_id = access.current_site(), request.form.get("shadow", "")
    with context().database.write() as session:
        if not shadow.stop(session, site.id, shadow_id):
            raise Conflict("This shadow policy has ended already. Open the policy again.")
        record(session, "policy.stop_shadow", subject=("policy", shadow_id))
    flash(_("The shadow policy has ended."))
    return redirect(url_for("console.policy"), 303)


def _author() -> str:
    return access.current_moderator().name


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("This time cannot be read. Write it as 2026-01-31T09:00, in UTC.") from None
