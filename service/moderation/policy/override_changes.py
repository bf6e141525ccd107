"""Changes of a site's overrides: each puts a new version of the policy in force, through `changes.put_in_force`.

Overrides whose time is over are dropped with the next change: they cannot apply to a comment that comes now.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.errors import Invalid, NotFound
from service.models.stored_ids import bare, space_of
from service.moderation.actors import Actor
from service.moderation.policy import policies
from service.moderation.policy.changes import PolicyChange, put_in_force, refuse_stale
from service.moderation.policy.overrides import Override, ReplacedRules, Target
from service.moderation.policy.timetable import Timetable

CLOSING, HOLDING = frozenset({"closed"}), frozenset({"pre_moderation"})
Edit = Callable[[list[Override]], Sequence[Override]]


def put(
    session: Session, site_id: str, override: Override, /, *, number: int | None, actor: Actor, based_on: int
) -> PolicyChange:
    """Add the override, or replace the one at `number` of version `based_on`.

    Raise Conflict where another version is in force, NotFound where it has no such override, and Invalid where the
    policy would contradict itself.
    """

    def edit(overrides: list[Override]) -> list[Override]:
        if number is None:
            return [*overrides, override]
        overrides[_existing(overrides, number)] = override
        return overrides

    return _change(session, site_id, edit, actor=actor, based_on=based_on)


def remove(session: Session, site_id: str, number: int, /, *, actor: Actor, based_on: int) -> PolicyChange:
    """Remove the override at `number` of version `based_on`; raise Conflict or NotFound as `put` does."""

    def edit(overrides: list[Override]) -> list[Override]:
        del overrides[_existing(overrides, number)]
        return overrides

    return _change(session, site_id, edit, actor=actor, based_on=based_on)


def hold_all_under(session: Session, site_id: str, targets: Sequence[Target], /, *, actor: Actor) -> PolicyChange:
    """Hold every comment that comes under these articles from now on."""
    return _change(session, site_id, lambda overrides: _all_with(overrides, targets, "pre_moderation"), actor=actor)


def close_under(
    session: Session, site_id: str, targets: Sequence[Target], /, *, until: datetime | None, actor: Actor
) -> PolicyChange:
    """Take no comment under these articles until a moment, or until somebody opens them.

    It takes the place of an earlier closing, whenever that one ends; weekly hours stay. Raise Invalid for the past.
    """
    when = None if until is None else _once_until(until)

    def edit(overrides: list[Override]) -> Sequence[Override]:
        if when is None:
            return _all_with(_lifted(overrides, targets, CLOSING, timed_only=True), targets, "closed")
        others = _lifted(overrides, targets, CLOSING)
        return [*others, *(Override(target=one, rules=ReplacedRules(closed=True), when=when) for one in targets)]

    return _change(session, site_id, edit, actor=actor)


def lift_under(session: Session, site_id: str, targets: Sequence[Target], /, *, actor: Actor) -> PolicyChange:
    """Take back that comments under these articles are held or closed.

    Weekly hours and other rules stay, so also an exception: that the article is open in a section that is closed.
    """
    return _change(session, site_id, lambda overrides: _lifted(overrides, targets, CLOSING | HOLDING), actor=actor)


def target_of(stored_id: str, /) -> Target:
    """Return the target that means the article with this stored id."""
    return Target(article=bare(stored_id), source=space_of(stored_id) or None)


def _all_with(overrides: Sequence[Override], targets: Sequence[Target], rule: str) -> Sequence[Override]:
    for target in targets:
        overrides = _with(overrides, target, rule)
    return overrides


def _with(overrides: Sequence[Override], target: Target, rule: str) -> Sequence[Override]:
    for number, one in enumerate(overrides):
        if _is_of(one, [target]) and one.when is None:
            rules = ReplacedRules.model_validate(one.rules.model_dump() | {rule: True})
            return [*overrides[:number], one.model_copy(update={"rules": rules}), *overrides[number + 1 :]]
    return [*overrides, Override(target=target, rules=ReplacedRules.model_validate({rule: True}))]


def _change(session: Session, site_id: str, edit: Edit, *, actor: Actor, based_on: int | None = None) -> PolicyChange:
    active = policies.active(session, site_id)
    refuse_stale(active, based_on)
    edited = edit(list(active.rules.overrides))
    now = utc_now()
    kept = [one for one in edited if one.when is None or one.when.until is None or one.when.until > now]
    try:
        rules = active.rules.with_overrides(kept)
    except ValueError as contradiction:
        why = f"{str(contradiction)[:1].upper()}{str(contradiction)[1:]}."
        raise Invalid(why) from None
    return put_in_force(session, site_id, rules, actor=actor, based_on=active.version)


def _existing(overrides: Sequence[Override], number: int) -> int:
    if not 0 <= number < len(overrides):
        raise NotFound("The policy has no such override. Open the policy again.")
    return number


def _is_of(override: Override, targets: Sequence[Target]) -> bool:
    return override.target.key in {target.key for target in targets}


def _lifted(
    overrides: Sequence[Override], targets: Sequence[Target], rules: frozenset[str], *, timed_only: bool = False
) -> list[Override]:
    """Return the overrides without these rules where they close or hold the targets, weekly hours left as they are."""

    def kept(override: Override) -> Override | None:
        is_weekly = override.when is not None and override.when.hours
        if is_weekly or not _is_of(override, targets) or (timed_only and override.when is None):
            return override
        given = {
            name: value
            for name, value in override.rules.model_dump().items()
            if not (name in rules and value)  # one that is false is an exception to a section's
        }
        return override.model_copy(update={"rules": ReplacedRules.model_validate(given)}) if given else None

    return [one for one in map(kept, overrides) if one is not None]


def _once_until(moment: datetime) -> Timetable:
    if moment <= utc_now():
        raise Invalid("This time has passed. Choose one in the future.")
    try:
        return Timetable(until=moment)
    except ValidationError:
        raise Invalid("This time is too far away. Choose one before the year 2201.") from None
