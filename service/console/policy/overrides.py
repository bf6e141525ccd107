"""Overrides on the policy page: add, edit, remove, and what applies to an article now.

Each change is a new version of the policy, in force at once.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.console import access, id_sources
from service.console.acts import actor, require_sure
from service.console.blueprint import console
from service.console.policy import form as policy_form
from service.console.policy import override_form, override_words, thresholds
from service.console.policy.override_form import Read
from service.console.saying import said
from service.context import context
from service.errors import Invalid, NotFound
from service.models import Article
from service.models.moderator import Role
from service.models.stored_ids import bare, space_of
from service.moderation.intake import articles, id_spaces, same_articles
from service.moderation.policy import override_changes, policies
from service.moderation.policy.changes import PolicyChange
from service.moderation.policy.differences import LABELS, differences, rules_in_words
from service.moderation.policy.effective import effective
from service.moderation.policy.overrides import API, Override, Target
from service.moderation.policy.places import place, place_of
from service.moderation.policy.policies import ActivePolicy
from service.moderation.policy.timetable import DAYS
from service.moderation.review import actions

SHOWN_SECTIONS = 50
DONE = {
    "hold": _l("Every new comment under this article is held."),
    "close": _l("Comments under this article are closed."),
    "lift": _l("Comments under this article are open again, under its usual rules."),
}


@console.get("/sites/<site>/policy/overrides/new")
@access.require(Role.LEAD)
def new_override() -> ResponseReturnValue:
    """Show an empty form; `section` or `article` fills the target."""
    with context().database.read() as session:
        active = policies.active(session, access.current_site().id)
    fields = override_form.fields_of(None, active.rules.time_zone)
    for kind in ("section", "article"):
        if given := request.args.get(kind, ""):
            fields |= {"kind": kind, kind: given, "source": request.args.get("article_source", "")}
    return _page(Read(None, fields, {}), active, None)


@console.get("/sites/<site>/policy/overrides/<int:number>")
@access.require(Role.LEAD)
def override(number: int) -> ResponseReturnValue:
    """Show the form with an override of the version in force."""
    with context().database.read() as session:
        active = policies.active(session, access.current_site().id)
    if number >= len(active.rules.overrides):
        raise NotFound("The policy has no such override.")
    fields = override_form.fields_of(active.rules.overrides[number], active.rules.time_zone)
    return _page(Read(None, fields, {}), active, number)


@console.post("/sites/<site>/policy/overrides/new", endpoint="add_override")
@console.post("/sites/<site>/policy/overrides/<int:number>", endpoint="save_override")
@access.require(Role.LEAD)
def save_override(number: int | None = None) -> ResponseReturnValue:
    """Put the policy in force with the override in the form: a new one, or another in the place of `number`."""
    site_id, version = access.current_site().id, policy_form.based_on(request.form)
    with context().database.read() as session:
        active = policies.active(session, site_id)
    draft = override_form.read(request.form, active.rules.time_zone)
    if draft.override is None:
        return _page(draft, active, number), 422
    try:
        with context().database.write() as session:
            change = override_changes.put(
                session, site_id, draft.override, number=number, actor=actor(), based_on=version
            )
    except Invalid as contradiction:
        return _page(Read(None, draft.fields, {"whole": said(contradiction.detail)}), active, number), 422
    _say(change)
    return redirect(url_for("console.policy") + "#overrides", 303)


@console.post("/sites/<site>/policy/overrides/<int:number>/remove")
@access.require(Role.LEAD)
def remove_override(number: int) -> ResponseReturnValue:
    """Put the policy in force without the override."""
    require_sure()
    with context().database.write() as session:
        change = override_changes.remove(
            session, access.current_site().id, number, actor=actor(), based_on=policy_form.based_on(request.form)
        )
    _say(change)
    return redirect(url_for("console.policy") + "#overrides", 303)


@console.get("/sites/<site>/policy/effective")
@access.require(Role.VIEWER)
def effective_rules() -> ResponseReturnValue:
    """Show which rules hold for a comment that comes now under the article in the address."""
    site_id, stored = access.current_site().id, id_sources.read(request.args, "article")
    find = articles.find if id_sources.is_exact(request.args, "article") else id_spaces.find_article
    with context().database.read() as session:
        active = policies.active(session, site_id)
        article = find(session, site_id, stored) if stored else None
    here = effective(active.rules, place_of(article.external_id, article), utc_now()) if article else None
    return render_template(
        "console/policy_effective.html",
        nav="Policy",
        given=bare(stored),
        source=request.args.get("article_source", ""),
        article=article,
        here=here,
        applied=[override_words.of_override(one, active.rules.time_zone) for one in here.applied] if here else [],
        changes=differences(active.rules.with_overrides([]), here.rules.with_overrides([])) if here else [],
        active=active,
        zone=active.rules.time_zone,
    )


@console.post("/sites/<site>/comments/<comment_id>/article")
@access.require(Role.LEAD)
def change_article_rules(comment_id: str) -> ResponseReturnValue:
    """Hold or close comments under the comment's article, or take that back."""
    site_id, act = access.current_site().id, request.form.get("act", "")
    with context().database.write() as session:
        comment = actions.require(session, site_id, comment_id)
        article = session.get(Article, comment.article_id) if comment.article_id else None
        if article is None:
            raise NotFound("The comment is under no article.")
        targets = _targets(session, article)
        if act == "hold":
            change = override_changes.hold_all_under(session, site_id, targets, actor=actor())
        elif act == "close":
            zone = ZoneInfo(policies.active(session, site_id).rules.time_zone)
            until = _moment(request.form.get("until", ""), zone)
            change = override_changes.close_under(session, site_id, targets, until=until, actor=actor())
        elif act == "lift":
            change = override_changes.lift_under(session, site_id, targets, actor=actor())
        else:
            raise Invalid("The form does not say what to do. Open the comment again.")
    _say(change, str(DONE[act]))
    return redirect(url_for("console.comment", comment_id=comment_id), 303)


def listed(active: ActivePolicy, /) -> list[dict[str, Any]]:
    """Return the overrides of a policy as its page lists them."""
    now = utc_now()
    return [
        {
            "number": number,
            "words": override_words.of_override(one, active.rules.time_zone),
            "rules": said(rules_in_words(one)),
            "is_over": one.when is not None and one.when.until is not None and one.when.until <= now,
        }
        for number, one in enumerate(active.rules.overrides)
    ]


def for_article(session: Session, site_id: str, article: Article, stored_id: str, /) -> dict[str, Any]:
    """Return what holds now for a comment under the article, as the comment's page shows it."""
    active = policies.active(session, site_id)
    here = effective(active.rules, place_of(stored_id, article), utc_now())
    mine = override_changes.target_of(article.external_id).key
    return {
        **(_same(session, article, active) if access.may(Role.LEAD) else {}),
        "closed": here.rules.closed,
        "closed_until": here.closed_until,
        "held": here.rules.pre_moderation,
        "can_lift": any(one.target.key == mine and _closes_or_holds(one) for one in active.rules.overrides),
        "zone": active.rules.time_zone,
    }


def _targets(session: Session, article: Article) -> list[Target]:
    """Return the article, those at its address, and those with its id from other senders that the form ticks."""
    ticked = request.form.getlist("also")
    by_id = [one for one in same_articles.with_its_id(session, article) if (space_of(one) or API) in ticked]
    stored = dict.fromkeys([article.external_id, *same_articles.with_its_address(session, article).ids, *by_id])
    return [override_changes.target_of(one) for one in stored]


def _same(session: Session, article: Article, active: ActivePolicy) -> dict[str, Any]:
    """Return what a rule for the article also changes, and what else has its id: its source, whether it is closed."""
    at_address = same_articles.with_its_address(session, article)
    by_id = [one for one in same_articles.with_its_id(session, article) if one not in at_address.ids]
    shown = []
    for one in by_id:
        known = articles.find(session, article.site_id, one)
        here = effective(active.rules, place(one, one, known.section if known else None), utc_now())
        shown.append((one, space_of(one) or API, here.rules.closed))
    return {"at_address": at_address.ids, "more_at_address": at_address.are_more, "by_id": shown}


def _closes_or_holds(override: Override) -> bool:
    is_weekly = override.when is not None and override.when.hours
    return not is_weekly and (override.rules.closed or override.rules.pre_moderation)


def _page(draft: Read, active: ActivePolicy, number: int | None) -> str:
    site_id = access.current_site().id
    with context().database.read() as session:
        sections = articles.sections(session, site_id, limit=SHOWN_SECTIONS)
    return render_template(
        "console/policy_override.html",
        nav="Policy",
        number=number,
        draft=draft.fields,
        faults=draft.faults,
        active=active,
        rules=active.rules,
        labels=LABELS,
        **thresholds.listed(draft.faults),
        days=DAYS,
        choices=override_form.CHOICES,
        sections=sections,
        sources=id_sources.names(),
    )


def _say(change: PolicyChange, done: str = "") -> None:
    if change.is_new:
        in_force = _(
            "Version %(version)s of the policy is in force. Comments already judged keep their verdicts.",
            version=change.after.version,
        )
        flash(f"{done} {in_force}".lstrip())
    else:
        flash(_("This is in force already. Nothing was changed."))


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) if text else None
    except ValueError:
        raise Invalid("This time cannot be read. Write it as 2026-01-31T09:00.") from None
