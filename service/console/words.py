"""Stored words that pages show as they are, such as statuses, roles and outcomes, in the visitor's language."""

from flask import Blueprint
from flask_babel import gettext

from service.moderation.policy.rules import REPORT_KINDS
from service.sentences import N_

KNOWN = frozenset(
    (
        # Statuses, verdicts and standings
        N_("pending"), N_("held"), N_("approved"), N_("rejected"),
        N_("approve"), N_("hold"), N_("reject"),
        N_("trusted"), N_("staff"), N_("blocked"), N_("nothing"),
        # Roles, and who acted
        N_("viewer"), N_("moderator"), N_("lead"), N_("admin"),
        N_("policy"), N_("upkeep"), N_("site"), N_("readers"),
        N_("service"), N_("visitor"), N_("key"), N_("source"), N_("command line"),
        # Outcomes of reports, appeals, callbacks and checks
        N_("open"), N_("upheld"), N_("not upheld"), N_("moot"), N_("overturned"),
        N_("waiting"), N_("delivered"), N_("failed"), N_("withdrawn"),
        N_("refused"), N_("gone"), N_("timed out"), N_("unreachable"), N_("forbidden"),
        N_("ok"), N_("warning"),
        # Alerts
        N_("queue old"), N_("queue long"), N_("scoring down"), N_("callbacks failing"), N_("legal notice"),
        N_("morning summary"), N_("begins"), N_("lasts"), N_("over"), N_("summary"), N_("test"),
        # Reasons, in short
        N_("unclassified"), N_("classifier failed"), N_("unread"), N_("edit unread"), N_("kept down"), N_("too costly"),
        N_("too short"), N_("too long"), N_("duplicate"), N_("flood"), N_("blocked term"), N_("suspect term"),
        N_("blocked link"), N_("too many links"), N_("personal data"), N_("language unsupported"), N_("toxic"),
        N_("disguised"), N_("off topic"), N_("off topic not judged"), N_("advert"), N_("comments closed"),
        N_("pre moderated"), N_("author blocked"), N_("author strikes"), N_("author new"), N_("author trusted"),
        N_("author staff"), N_("reported"), N_("moderator decision"), N_("undone"), N_("erased"), N_("imported"),
        N_("replayed"),
        # Attributes, as sentences about scores name them
        N_("toxicity"), N_("severe toxicity"), N_("obscene"), N_("identity attack"), N_("insult"), N_("threat"),
        N_("sexual explicit"),
        *REPORT_KINDS,
        # Settings of rules
        N_("yes"), N_("no"), N_("off"), N_("ignore"),
    )
)  # fmt: skip


def word(value: str, /) -> str:
    """Return `too_short` as "too short" in the visitor's language; a word that is not known here stays English."""
    text = str(value).replace("_", " ")
    return gettext(text) if text in KNOWN else text


def upper_first(text: str, /) -> str:
    """Return `text` with a capital first letter; unlike `capitalize` it leaves the others, such as German nouns."""
    return text[:1].upper() + text[1:]


def install(blueprint: Blueprint) -> None:
    """Make these available to the templates."""
    blueprint.add_app_template_filter(word)
    blueprint.add_app_template_filter(upper_first)
