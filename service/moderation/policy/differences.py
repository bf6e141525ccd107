"""In what two sets of rules differ, in words: for the policy page and the audit log. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.moderation.policy.overrides import Override
from service.moderation.policy.rules import Rules
from service.vocabulary import Attribute

LISTS = ("blocked_terms", "suspect_terms", "blocked_hosts", "report_kinds")
LABELS = {
    "name": "Name",
    "minimum_length": "Minimum length",
    "maximum_length": "Maximum length",
    "link_limit": "Links allowed",
    "flood_limit": "Comments by one author per hour",
    "hold_newcomers": "Approvals that a newcomer needs",
    "trust_after": "Approvals that earn trust",
    "trust_margin": "Margin for trusted authors",
    "strike_limit": "Strikes that hold an author",
    "strike_days": "Days until a strike expires",
    "repeats": "Repeated comments",
    "personal_data": "Comments with personal data",
    "blocked_authors": "Comments of blocked authors",
    "report_kinds": "Kinds of report",
    "reports_hold_at": "Weight of reports that holds",
    "default_language": "Default language",
    "pre_moderation": "Hold every comment",
    "closed": "Comments closed",
    "time_zone": "Time zone",
    "blocked_terms": "Blocked terms",
    "suspect_terms": "Suspect terms",
    "blocked_hosts": "Blocked hosts",
}
SHOWN_TERMS = 12
SHOWN_CHANGES, LONGEST = 50, 300  # what the audit log keeps of one change: lines, characters of a line


@dataclass(frozen=True)
class Difference:
    """One rule that two sets of rules state differently, in words."""

    label: str
    before: str
    after: str


def differences(before: Rules, after: Rules, /) -> list[Difference]:
    """Return everything in which `after` differs from `before`, thresholds first."""
    found: list[Difference] = []
    for attribute in Attribute:
        words = attribute.value.replace("_", " ")
        for kind in ("hold_at", "reject_at"):
            one, other = (getattr(rules.thresholds[attribute], kind) for rules in (before, after))
            if one != other:
                found.append(Difference(f"{words}: {kind.removesuffix('_at')} from", _shown(one), _shown(other)))
    for name in LABELS:
        one, other = getattr(before, name), getattr(after, name)
        if one == other:
            continue
        if name in LISTS:
            found.append(_of_list(LABELS[name], one, other))
        else:
            found.append(Difference(LABELS[name], _shown(one), _shown(other)))
    return found + _of_overrides(before, after)


def rules_in_words(override: Override, /) -> str:
    """Return what an override names, as in "Minimum length 100, insult: hold from 0.2"."""
    said = []
    for name, value in override.rules.given.items():
        if isinstance(name, str):
            said.append(f"{LABELS[name]}: {_shown(value)}")
        else:
            said.append(f"{name[0].value.replace('_', ' ')}: {name[1].removesuffix('_at')} from {_shown(value)}")
    return ", ".join(said)


def as_lines(found: Iterable[Difference], /) -> list[str]:
    """Return the differences as the audit log keeps them, "label: before → after", cut to a fixed size."""
    return [f"{one.label}: {one.before} → {one.after}"[:LONGEST] for one in list(found)[:SHOWN_CHANGES]]


def _of_overrides(before: Rules, after: Rules) -> list[Difference]:
    one, other = ({_place_and_time(it): it for it in rules.overrides} for rules in (before, after))
    found = []
    for key in dict.fromkeys((*one, *other)):
        was, is_now = one.get(key), other.get(key)
        if was != is_now:
            named = is_now or was
            assert named is not None
            words = [rules_in_words(it) if it else "–" for it in (was, is_now)]
            found.append(Difference(named.words(after.time_zone), *words))
    if not found and before.overrides != after.overrides:
        return [Difference("Overrides", "–", "in another order")]
    return found


def _place_and_time(override: Override) -> tuple[object, ...]:
    return override.target.key, override.when


def _of_list(label: str, before: list[str], after: list[str]) -> Difference:
    removed = [entry for entry in before if entry not in set(after)]
    added = [entry for entry in after if entry not in set(before)]
    if not (removed or added):
        return Difference(label, "–", "in another order")
    return Difference(label, _listed("without", removed), _listed("with", added))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "off" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _listed(word: str, entries: list[str]) -> str:
    if not entries:
        return "–"
    more = f" and {len(entries) - SHOWN_TERMS} more" if len(entries) > SHOWN_TERMS else ""
    return f"{word} {', '.join(entries[:SHOWN_TERMS])}{more}"
