"""In what two sets of rules differ, in words: for the policy page and the audit log. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from service.moderation.policy.overrides import Override
from service.moderation.policy.rules import Rules
from service.sentences import N_, Sentence, fraction, worded
from service.vocabulary import Attribute

LISTS = ("blocked_terms", "suspect_terms", "blocked_hosts", "report_kinds")
LABELS = {
    "name": N_("Name"),
    "minimum_length": N_("Minimum length"),
    "maximum_length": N_("Maximum length"),
    "link_limit": N_("Links allowed"),
    "flood_limit": N_("Comments by one author per hour"),
    "hold_newcomers": N_("Approvals that a newcomer needs"),
    "trust_after": N_("Approvals that earn trust"),
    "trust_margin": N_("Margin for trusted authors"),
    "strike_limit": N_("Strikes that hold an author"),
    "strike_days": N_("Days until a strike expires"),
    "repeats": N_("Repeated comments"),
    "personal_data": N_("Comments with personal data"),
    "blocked_authors": N_("Comments of blocked authors"),
    "report_kinds": N_("Kinds of report"),
    "reports_hold_at": N_("Weight of reports that holds"),
    "default_language": N_("Default language"),
    "pre_moderation": N_("Hold every comment"),
    "closed": N_("Comments closed"),
    "time_zone": N_("Time zone"),
    "blocked_terms": N_("Blocked terms"),
    "suspect_terms": N_("Suspect terms"),
    "blocked_hosts": N_("Blocked hosts"),
}
CHOICES = ("repeats", "personal_data", "blocked_authors")  # rules whose values are words: ignore, hold, reject
YES, NO, OFF = (worded(word) for word in (N_("yes"), N_("no"), N_("off")))
ANOTHER_ORDER = worded("in another order")
WITHOUT = N_("without %(entries)s"), N_("without %(entries)s and %(more)s more")
WITH = N_("with %(entries)s"), N_("with %(entries)s and %(more)s more")
SHOWN_TERMS = 12
SHOWN_CHANGES, LONGEST = 50, 300  # what the audit log keeps of one change: lines, characters of a line


@dataclass(frozen=True)
class Difference:
    """One rule that two sets of rules state differently, in words; values that are Sentences are words of ours."""

    label: str
    before: str
    after: str


def differences(before: Rules, after: Rules, /) -> list[Difference]:
    """Return everything in which `after` differs from `before`, thresholds first."""
    found: list[Difference] = []
    for attribute in Attribute:
        for kind in ("hold_at", "reject_at"):
            one, other = (getattr(rules.thresholds[attribute], kind) for rules in (before, after))
            if one != other:
                found.append(Difference(_side(attribute, kind), _shown(one), _shown(other)))
    for name in LABELS:
        one, other = getattr(before, name), getattr(after, name)
        if one == other:
            continue
        if name in LISTS:
            found.append(_of_list(LABELS[name], one, other))
        else:
            found.append(Difference(LABELS[name], *(_shown(value, name) for value in (one, other))))
    return found + _of_overrides(before, after)


def rules_in_words(override: Override, /) -> Sentence:
    """Return what an override names, as in "Minimum length: 100, insult: hold from 0.2"."""
    return reduce(lambda rules, rule: worded("%(rules)s, %(rule)s", rules=rules, rule=rule), _rules_given(override))


def _rules_given(override: Override) -> list[Sentence]:
    said = []
    for name, value in override.rules.given.items():
        if isinstance(name, str):
            said.append(worded("%(rule)s: %(value)s", rule=worded(LABELS[name]), value=_shown(value, name)))
        else:
            said.append(worded("%(rule)s %(value)s", rule=_side(*name), value=_shown(value)))
    return said


def _side(attribute: Attribute, kind: str) -> Sentence:
    words = worded(attribute.value.replace("_", " "))
    if kind == "hold_at":
        return worded("%(attribute)s: hold from", attribute=words)
    return worded("%(attribute)s: reject from", attribute=words)


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
        return [Difference(N_("Overrides"), "–", ANOTHER_ORDER)]
    return found


def _place_and_time(override: Override) -> tuple[object, ...]:
    return override.target.key, override.when


def _of_list(label: str, before: list[str], after: list[str]) -> Difference:
    removed = [entry for entry in before if entry not in set(after)]
    added = [entry for entry in after if entry not in set(before)]
    if not (removed or added):
        return Difference(label, "–", ANOTHER_ORDER)
    return Difference(label, _listed(WITHOUT, removed), _listed(WITH, added))


def _shown(value: object, name: str = "") -> str:
    if name in CHOICES:
        return worded(str(value))
    if isinstance(value, bool):
        return YES if value else NO
    return OFF if value is None else fraction(value) if isinstance(value, float) else str(value)


def _listed(templates: tuple[str, str], entries: list[str]) -> str:
    if not entries:
        return "–"
    all_of_them, some = templates
    template = some if len(entries) > SHOWN_TERMS else all_of_them
    return worded(template, entries=", ".join(entries[:SHOWN_TERMS]), more=len(entries) - SHOWN_TERMS)
