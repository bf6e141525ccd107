"""What a draft would have done: past comments judged again under it, beside the rules in force. Pure.

Moderators mostly see what was held, so their verdicts say little about comments that were let through: precision can be
trusted, recall is an upper bound. A page that shows either says so.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.moderation.insight.intervals import Share
from service.moderation.judgement.judgement import Facts, Judgement, judge
from service.moderation.judgement.listed_terms import listed_terms
from service.moderation.policy.effective import effective
from service.moderation.policy.rules import Rules
from service.moderation.trials.exchange import EXCERPT, DraftOutcome, Example, Point
from service.moderation.trials.pace import UNHURRIED, Pace
from service.moderation.trials.past import PastComment
from service.vocabulary import Attribute, Verdict

EXAMPLES = 4  # per kind of change
POINTS = 100  # thresholds on a curve, 0.01 apart


@dataclass(frozen=True, kw_only=True)
class Change:
    """One comment on which the draft comes to another verdict."""

    case: PastComment
    before: Judgement
    after: Judgement

    @property
    def contradicts(self) -> bool:
        """Whether the draft would decide, without a person, against what a person decided."""
        return _contradicts(self.after.verdict, self.case.said)

    @property
    def as_example(self) -> Example:
        """Return what a page shows of it."""
        is_new = self.after.verdict.severity > self.before.verdict.severity
        reason = next(iter((self.after if is_new else self.before).reasons), None)
        return Example(
            text=self.case.text[:EXCERPT],
            is_cut=len(self.case.text) > EXCERPT,
            said=self.case.said,
            contradicts=self.contradicts,
            is_new=is_new,
            reason=reason.reason if reason else None,
            detail=reason.detail if reason else "",
        )


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The rules in force and the draft over the same cases."""

    cases: int
    before: DraftOutcome
    after: DraftOutcome
    moves: dict[tuple[Verdict, Verdict], int]  # changes only
    examples: dict[tuple[Verdict, Verdict], tuple[Change, ...]]

    @property
    def changed(self) -> int:
        return sum(self.moves.values())


def preview(cases: Sequence[PastComment], active: Rules, draft: Rules, /, *, pace: Pace = UNHURRIED) -> Preview:
    """Judge every case under both sets of rules and set the outcomes side by side."""
    before, after = _judge_all(pace.over(cases), active), _judge_all(pace.over(cases), draft)
    changes = [
        Change(case=case, before=one, after=other)
        for case, one, other in zip(cases, before, after, strict=True)
        if one.verdict is not other.verdict
    ]
    moves = Counter((change.before.verdict, change.after.verdict) for change in changes)
    return Preview(
        cases=len(cases),
        before=_outcome(cases, before),
        after=_outcome(cases, after),
        moves=dict(moves.most_common()),
        examples={move: _telling(change for change in changes if _move(change) == move) for move in moves},
    )


def curve(cases: Iterable[PastComment], attribute: Attribute, /) -> list[Point]:
    """Return what every threshold from 0.00 to 1.00 on `attribute` would reach; empty where nothing was scored."""
    scored = [(case.facts.scores[attribute], case.said) for case in cases if attribute in case.facts.scores]
    if not scored:
        return []
    everything = sorted(score for score, _ in scored)
    rejected = sorted(score for score, said in scored if said is Verdict.REJECT)
    approved = sorted(score for score, said in scored if said is Verdict.APPROVE)
    points = []
    for step in range(POINTS + 1):
        at = step / POINTS
        reached, hits, misses = (_at_least(scores, at) for scores in (everything, rejected, approved))
        points.append(
            Point(
                at=at,
                reached=Share(reached, len(everything)),
                precision=Share(hits, hits + misses),
                recall=Share(hits, len(rejected)),
            )
        )
    return points


def least_threshold(points: Sequence[Point], /, *, precision: float) -> float | None:
    """Return the lowest threshold whose precision is at least `precision` with 95 % confidence; None where none is."""
    for point in points:
        interval = point.precision.interval
        if interval is not None and interval[0] >= precision:
            return point.at
    return None


def judge_again(case: PastComment, rules: Rules, /) -> Judgement:
    """Return what `rules` make of a past comment, by what they said when it came."""
    rules = effective(rules, case.place, case.came_at).rules
    author = case.author.under(rules) if case.author is not None else None
    return judge(replace(with_terms(case.facts, case.text, rules), author=author), rules)


def outcome_of(cases: Sequence[PastComment], rules: Rules, /, *, pace: Pace = UNHURRIED) -> DraftOutcome:
    """Return what one set of rules makes of the cases."""
    return _outcome(cases, _judge_all(pace.over(cases), rules))


def _judge_all(cases: Iterable[PastComment], rules: Rules) -> list[Judgement]:
    return [judge_again(case, rules) for case in cases]


def with_terms(facts: Facts, text: str, rules: Rules, /) -> Facts:
    """Return the facts with what the lists of `rules` find in the text."""
    blocked, suspect = listed_terms(rules).find(text)
    return replace(facts, blocked_terms=blocked, suspect_terms=suspect)


def _outcome(cases: Sequence[PastComment], judgements: Sequence[Judgement]) -> DraftOutcome:
    verdicts = Counter(judgement.verdict for judgement in judgements)
    pairs = Counter((judgement.verdict, case.said) for case, judgement in zip(cases, judgements, strict=True))

    def said(verdict: Verdict, by_person: Verdict) -> int:
        return pairs[verdict, by_person]

    rejected_by_people = sum(said(verdict, Verdict.REJECT) for verdict in Verdict)
    approvals_rejected = said(Verdict.APPROVE, Verdict.REJECT)
    return DraftOutcome(
        verdicts={verdict: verdicts[verdict] for verdict in Verdict},
        approvals_rejected=approvals_rejected,
        rejections_approved=said(Verdict.REJECT, Verdict.APPROVE),
        reject_precision=_share_rejected(Verdict.REJECT, pairs),
        hold_precision=_share_rejected(Verdict.HOLD, pairs),
        caught=Share(rejected_by_people - approvals_rejected, rejected_by_people),
    )


def _share_rejected(verdict: Verdict, pairs: Counter[tuple[Verdict, Verdict | None]]) -> Share:
    rejected, approved = pairs[verdict, Verdict.REJECT], pairs[verdict, Verdict.APPROVE]
    return Share(rejected, rejected + approved)


def _telling(changes: Iterable[Change]) -> tuple[Change, ...]:
    # Those against a moderator's verdict first, then those a moderator decided, then by their place in time.
    ranked = sorted(changes, key=lambda change: (not change.contradicts, change.case.said is None))
    return tuple(ranked[:EXAMPLES])


def _move(change: Change) -> tuple[Verdict, Verdict]:
    return change.before.verdict, change.after.verdict


def _contradicts(verdict: Verdict, said: Verdict | None) -> bool:
    return said is not None and verdict is not Verdict.HOLD and verdict is not said


def _at_least(scores: list[float], at: float) -> int:
    return len(scores) - bisect_left(scores, at)
