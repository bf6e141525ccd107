"""The policy in force applied to past comments: the list of those that would differ, the pick, the progress, the undo.

A worker judges and decides; these pages read its rows.
"""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from service.console import access
from service.console.acts import actor
from service.console.blueprint import console
from service.console.numbers import whole_number
from service.console.people.preferences import choices
from service.context import context
from service.errors import Invalid
from service.models import Replay, ReplayAct, ReplayOutcome, ReplayState
from service.models.moderator import Role
from service.moderation.policy import policies
from service.moderation.trials import replay as replays
from service.moderation.trials import replay_list
from service.moderation.trials.replay import Picked
from service.queues import REPLAY
from service.vocabulary import Verdict

DAYS = (1, 7, 28, 90)
LONGEST = 365
PICKS = ("all", "some")


@console.get("/sites/<site>/policy/replays")
@access.require(Role.LEAD)
def policy_replays() -> ResponseReturnValue:
    """Show the replays of the site, and the form that begins one."""
    site = access.current_site()
    most = site.retention_days if site.retention_days is not None else context().settings.retention_days
    with context().database.read() as session:
        active = policies.active(session, site.id)
        found = replays.newest(session, site.id)
    return render_template(
        "console/policy_replays.html",
        nav="Policy",
        active=active,
        replays=found,
        all_days=sorted({*(days for days in DAYS if days < most), min(most, LONGEST)}),
        most=most,
        is_working=any(replay.state.is_work for replay in found),
    )


@console.post("/sites/<site>/policy/replays")
@access.require(Role.LEAD)
def start_replay() -> ResponseReturnValue:
    """Have a worker list the past comments that the policy in force would decide otherwise."""
    days = whole_number(request.form.get("days", "")) or 0
    with context().database.write() as session:
        replay = replays.start(
            session,
            access.current_site().id,
            days,
            by=actor(),
            default_days=context().settings.retention_days,
        )
    context().queues.wake(REPLAY)
    return redirect(url_for("console.policy_replay", replay_id=replay.id), 303)


@console.get("/sites/<site>/policy/replays/<replay_id>")
@access.require(Role.LEAD)
def policy_replay(replay_id: str) -> ResponseReturnValue:
    """Show one replay with its list; for htmx the progress alone, or a reload where the work is done."""
    if request.headers.get("HX-Request") == "true":
        with context().database.read() as session:
            return _progress(replays.require(session, access.current_site().id, replay_id))
    return _page(replay_id)


def _page(replay_id: str) -> str:
    site = access.current_site()
    asked: dict[str, Any] = {
        "kind": request.args.get("kind", ""),
        "outcome": _outcome(request.args.get("outcome", "")),
        "after": request.args.get("after", ""),
    }
    with context().database.read() as session:
        replay = replays.require(session, site.id, replay_id)
        listed, after = ([], "") if replay.state is ReplayState.LOOKING else replay_list.page(session, replay, **asked)
        active = policies.active(session, site.id)
    return render_template(
        "console/policy_replay.html",
        nav="Policy",
        replay=replay,
        kinds=[(kind, *_read_kind(kind), count) for kind, count in sorted(replay.kinds.items(), key=lambda k: -k[1])],
        listed=listed,
        after=after,
        asked=asked,
        active=active,
        in_list=replay.kinds.get(asked["kind"], 0) if asked["kind"] else replay.listed,
        covered=choices().cover != "never",
        per_second=context().settings.replay_callbacks_per_second,
    )


@console.post("/sites/<site>/policy/replays/<replay_id>/apply")
@access.require(Role.LEAD)
def apply_replay(replay_id: str) -> ResponseReturnValue:
    """Have a worker do what was picked: all of a kind, or single comments."""
    _apply(replay_id)
    context().queues.wake(REPLAY)
    return redirect(url_for("console.policy_replay", replay_id=replay_id), 303)


def _apply(replay_id: str) -> None:
    form = request.form
    if form.get("act", "") not in list(ReplayAct):
        raise Invalid("Say what to do: give the new outcome, or put them into the review queue.")
    if form.get("pick", "") not in PICKS:
        raise Invalid("Say which comments: all of the list, or those that you tick.")
    single = form["pick"] == "some"
    if single and not form.getlist("comment"):
        raise Invalid("Tick at least one comment, or pick all of the list.")
    picked = Picked(
        act=ReplayAct(form["act"]),
        kind="" if single else form.get("kind", ""),
        comments=form.getlist("comment") if single else (),
    )
    based_on = whole_number(form.get("based_on", ""))
    if based_on is None:
        raise Invalid("The form does not say which version of the policy made the list. Open the list again.")
    with context().database.write() as session:
        replays.apply(session, access.current_site().id, replay_id, picked, by=actor(), based_on=based_on)


@console.post("/sites/<site>/policy/replays/<replay_id>/undo")
@access.require(Role.LEAD)
def undo_replay(replay_id: str) -> ResponseReturnValue:
    """Have a worker undo the replay, wherever nothing has changed since."""
    with context().database.write() as session:
        replays.undo(session, access.current_site().id, replay_id, by=actor())
    context().queues.wake(REPLAY)
    flash(_("The replay is being undone."))
    return redirect(url_for("console.policy_replay", replay_id=replay_id), 303)


def _progress(replay: Replay) -> ResponseReturnValue:
    answer = make_response(render_template("console/policy_replay_progress.html", replay=replay))
    if not replay.state.is_work:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _outcome(text: str) -> ReplayOutcome | None:
    return ReplayOutcome(text) if text in list(ReplayOutcome) else None


def _read_kind(kind: str) -> tuple[str, Verdict]:
    before, _, after = kind.partition(">")
    return before, Verdict(after)
