"""How far moderators agree, from their second looks: Cohen's kappa overall and for each reason a comment was held."""

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.models import Decision, SecondLook
from service.moderation.insight.agreement.kappa import Agreement, agreement
from service.vocabulary import Source

LATEST = 5_000  # second looks that the agreement is computed from


def agreements(session: Session, site_id: str, /) -> dict[str, Agreement]:
    """Return how far first and second verdicts agree: "" for all, then for each reason of holding."""
    rows = session.execute(
        select(SecondLook.reason, SecondLook.first_verdict, SecondLook.second_verdict)
        .join(Decision, Decision.id == SecondLook.decision_id)
        .where(SecondLook.site_id == site_id, SecondLook.looked_at.is_not(None), Decision.source == Source.MODERATOR)
        .order_by(SecondLook.looked_at.desc())
        .limit(LATEST)
    ).all()
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for reason, first, second in rows:
        if second is None:
            continue
        for group in {"", reason}:
            pairs[group].append((first.value, second.value))
    return {group: agreement(found) for group, found in sorted(pairs.items())}
