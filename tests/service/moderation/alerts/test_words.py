"""What alerts say: short sentences, no one's mention in a chat, and a link."""

import pytest

from service.models import AlertKind, AlertPhase
from service.moderation.alerts import words
from service.moderation.alerts.words import Summary

FACTS = {
    AlertKind.QUEUE_OLD: {"amount": 12, "minutes": 310, "limit": 240},
    AlertKind.QUEUE_LONG: {"amount": 1_240, "limit": 200},
    AlertKind.SCORING_DOWN: {"why": "workers"},
    AlertKind.CALLBACKS_FAILING: {"amount": 1, "hosts": ["cms.example"], "overdue": False},
    AlertKind.LEGAL_NOTICE: {"amount": 1},
}
LINK = "https://mod.example/console/sites/gazette/review"


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (AlertKind.QUEUE_OLD, "Moderato: The Gazette: a comment has been held for 5 hours"),
        (AlertKind.QUEUE_LONG, "Moderato: The Gazette: 1,240 comments are held"),
        (AlertKind.CALLBACKS_FAILING, "Moderato: The Gazette: callbacks are failing"),
        (AlertKind.LEGAL_NOTICE, "Moderato: The Gazette: 1 legal notice waits"),
    ],
)
def test_the_first_line_says_what_is_wrong_and_where(kind: AlertKind, says: str) -> None:
    begins = words.of_condition(kind, AlertPhase.BEGINS, FACTS[kind], site="The Gazette", link=LINK)
    assert begins.subject == says
    assert begins.body.endswith(LINK)
    lasts = words.of_condition(kind, AlertPhase.LASTS, FACTS[kind], site="The Gazette", link="")
    assert lasts.subject == says.replace("Moderato: ", "Moderato: Still: ")
    over = words.of_condition(kind, AlertPhase.OVER, {}, site="The Gazette", link="")
    assert over.body == "This is over."


def test_what_concerns_all_sites_names_none() -> None:
    kind = AlertKind.SCORING_DOWN
    assert (
        words.of_condition(kind, AlertPhase.BEGINS, FACTS[kind], site="", link="").subject
        == "Moderato: Scoring is down"
    )
    assert words.of_condition(kind, AlertPhase.OVER, {}, site="", link="").subject == "Moderato: Scoring is up again"


def test_a_summary_has_the_figures_of_yesterday_and_of_now() -> None:
    figures = Summary(held=3, oldest_minutes=90, approved=40, rejected=7, rejected_by_policy=12, appeals=1)
    told = words.of_summary(figures, site="The Gazette", link="")
    assert told.subject == "Moderato: The Gazette: 3 comments are held this morning"
    assert told.body.splitlines() == [
        "Held now: 3, the oldest for 90 minutes",
        "Moderators approved 40 and rejected 7 yesterday.",
        "The policy rejected 12 yesterday.",
        "Open appeals: 1",
    ]


def test_a_sites_name_calls_nobody_in_the_chat() -> None:
    told = words.chat(words.of_test(site="<!channel> & <https://evil.example|here>", link=""))
    assert "<" not in told["text"]
    assert "&lt;!channel&gt; &amp;" in told["text"]
