"""The rules that hold for one comment: the site's, with the overrides for where it is and when it came. Pure.

An override for an article comes before one for its source, that before one for the section, that before the site's own
rules. What holds for a time comes on top and takes the stricter of two values, so that no timetable can loosen a rule
(docs/adr/0025). Judging, counting the length and the pages that say what applies all ask here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cachetools import LRUCache, cached

from service.moderation.policy.overrides import API, Name, Override, value_of
from service.moderation.policy.rules import Rules

MOST_POLICIES = 200  # whose overrides a process keeps sorted by target
_OUTCOMES = {"ignore": 0, "hold": 1, "reject": 2}
_HIGHER_IS_STRICTER = frozenset({"minimum_length", "hold_newcomers", "strike_days", "pre_moderation", "closed"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a comment is, in the words of a target: its source, its article in the publisher's form, the section."""

    source: str = API
    article: str | None = None
    article_source: str = API
    section: str | None = None

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """The keys of the targets that mean it, the weakest first."""
        keys: list[tuple[str, ...]] = [("section", self.section.casefold())] if self.section else []
        keys.append(("source", self.source))
        if self.article is not None:
            keys.append(("article", self.article_source, self.article))
        return keys


NOWHERE = Place()


class _Part(NamedTuple):
    override: Override
    given: dict[Name, Any]  # what it names, taken apart once


@dataclass(frozen=True, kw_only=True)
class Effective:
    """The rules that hold for a comment, and the overrides that they come from."""

    rules: Rules
    applied: tuple[Override, ...] = ()
    closed_until: datetime | None = None  # where comments are closed; None: without an end

    @property
    def as_records(self) -> list[dict[str, Any]]:
        """Return what applied as a decision keeps it."""
        return [one.as_applied(self.rules.time_zone) for one in self.applied]


def effective(rules: Rules, place: Place, now: datetime, /) -> Effective:
    """Return what holds at `place` for a comment that came at `now`."""
    if not rules.overrides:
        return Effective(rules=rules)
    by_target, zone = _sorted(rules)[1:]
    found = [part for key in (("site",), *place.keys) for part in by_target.get(key, ())]
    always = [part for part in found if part.override.when is None]
    timed = [part for part in found if part.override.when is not None and part.override.when.covers(now, zone)]
    if not (always or timed):
        return Effective(rules=rules)
    changed: dict[Name, Any] = {}
    for part in always:
        changed |= part.given
    is_closed_always = changed.get("closed", rules.closed)
    return Effective(
        rules=_with(rules, _tightened(rules, changed, timed) if timed else changed),
        applied=tuple(part.override for part in (*always, *timed)),
        closed_until=None if is_closed_always else _end_of_closing(timed, now, zone),
    )


def stricter(name: Name, one: Any, other: Any, /) -> Any:
    """Return the value with which a rule lets less through; None is "never", for trust the strictest."""
    if name == "trust_after":
        return None if one is None or other is None else max(one, other)
    if one in _OUTCOMES:
        return max(one, other, key=_OUTCOMES.__getitem__)
    if one is None or other is None:
        return other if one is None else one
    return max(one, other) if name in _HIGHER_IS_STRICTER else min(one, other)


def _tightened(rules: Rules, changed: Mapping[Name, Any], timed: Iterable[_Part]) -> dict[Name, Any]:
    """Return the changes with the stricter of both values for each rule that an override for a time names."""
    strict = dict(changed)

    def now_of(name: Name) -> Any:
        return strict[name] if name in strict else value_of(rules, name)

    for part in timed:
        for name, value in part.given.items():
            strict[name] = stricter(name, now_of(name), value)
    # Two sides that come from different overrides: what is rejected need not be held, and who is new is not trusted.
    for attribute in {name[0] for name in strict if not isinstance(name, str)}:
        hold_at, reject_at = now_of((attribute, "hold_at")), now_of((attribute, "reject_at"))
        if hold_at is not None and reject_at is not None and reject_at < hold_at:
            strict[attribute, "hold_at"] = reject_at
    trust_after, hold_newcomers = now_of("trust_after"), now_of("hold_newcomers")
    if trust_after is not None and trust_after < (hold_newcomers or 0):
        strict["trust_after"] = hold_newcomers
    return strict


def _with(rules: Rules, changed: Mapping[Name, Any]) -> Rules:
    """Return the rules with the changes and without overrides; the lists stay the same objects, compiled once."""
    values: dict[str, Any] = {name: value for name, value in changed.items() if isinstance(name, str)}
    thresholds = dict(rules.thresholds)
    for name, value in changed.items():
        if not isinstance(name, str):
            thresholds[name[0]] = thresholds[name[0]].model_copy(update={name[1]: value})
    return rules.model_copy(update=values | {"thresholds": thresholds, "overrides": []})


def _end_of_closing(timed: Iterable[_Part], now: datetime, zone: ZoneInfo) -> datetime | None:
    closing = [part.override.when for part in timed if part.given.get("closed")]
    ends = [when.end_at(now, zone) for when in closing if when is not None]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


# By identity, as `listed_terms` does and for the same reason: the value keeps its key alive.
@cached(LRUCache(MOST_POLICIES), key=id, lock=Lock())
def _sorted(rules: Rules) -> tuple[Rules, dict[tuple[str, ...], list[_Part]], ZoneInfo]:
    by_target: dict[tuple[str, ...], list[_Part]] = {}
    for override in rules.overrides:
        by_target.setdefault(override.target.key, []).append(_Part(override, override.rules.given))
    return rules, by_target, ZoneInfo(rules.time_zone)
