"""The words that the console makes of codes (`saying.code_words`), marked for the catalogues.

Each code of the sets below reads as itself, with spaces; a site's own kinds of report are not among them.
"""

from service.sentences import N_

WORDS = (
    # reasons
    N_("unclassified"), N_("classifier failed"), N_("unread"), N_("edit unread"), N_("too costly"), N_("too short"),
    N_("too long"), N_("duplicate"), N_("flood"), N_("blocked term"), N_("suspect term"), N_("blocked link"),
    N_("too many links"), N_("personal data"), N_("language unsupported"), N_("toxic"), N_("disguised"),
    N_("off topic"), N_("off topic not judged"), N_("advert"), N_("comments closed"), N_("pre moderated"),
    N_("author blocked"), N_("author strikes"), N_("author new"), N_("author trusted"), N_("author staff"),
    N_("reported"), N_("moderator decision"), N_("undone"), N_("erased"), N_("imported"), N_("replayed"),
    # attributes
    N_("toxicity"), N_("severe toxicity"), N_("obscene"), N_("identity attack"), N_("insult"), N_("threat"),
    N_("sexual explicit"),
    # statuses
    N_("pending"), N_("held"), N_("approved"), N_("rejected"),
    # sources of decisions
    N_("policy"), N_("moderator"), N_("upkeep"), N_("site"), N_("readers"),
    # verdicts
    N_("approve"), N_("hold"), N_("reject"),
    # standings
    N_("trusted"), N_("staff"), N_("blocked"),
    # roles
    N_("viewer"), N_("lead"), N_("admin"),
    # attempts
    N_("delivered"), N_("refused"), N_("gone"), N_("timed out"), N_("unreachable"), N_("forbidden"),
    # appeals
    N_("open"), N_("upheld"), N_("overturned"), N_("moot"),
    # deliveries
    N_("waiting"), N_("failed"), N_("withdrawn"),
    # reports
    N_("not upheld"),
    # alerts
    N_("queue old"), N_("queue long"), N_("scoring down"), N_("callbacks failing"), N_("legal notice"),
    N_("morning summary"),
    # alerts' phases
    N_("begins"), N_("lasts"), N_("over"), N_("summary"), N_("test"),
    # webhooks
    N_("applied"), N_("ignored"), N_("dead"),
    # replays
    N_("looking"), N_("ready"), N_("applying"), N_("undoing"),
    # outcomes
    N_("listed"), N_("moved"), N_("left alone"), N_("kept"),
    # a new site's kinds of report
    N_("abuse"), N_("spam"), N_("illegal"), N_("other"),
    # what the console says of a rule's value
    N_("ignore"),
)  # fmt: skip
