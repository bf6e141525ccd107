"""The words of the domain as closed sets, each value with the sentence that explains it.

Values are stored in the database and sent over the wire: adding one is a migration-free change, renaming or
removing one is not possible after a release.
"""

from enum import StrEnum

from service.sentences import N_


class Scope(StrEnum):
    """What an API key may do. A key that may only submit adds comments; it reads nothing and changes nothing."""

    SUBMIT = "submit"  # send comments; the only scope of a key that readers can see, such as that of a form
    SCORE = "score"  # scores and verdicts at once, by the contracts of other services; nothing is stored
    READ = "read"  # see comments, verdicts, authors, figures and the policy; score texts; have verdicts called back
    MODERATE = "moderate"  # edit comments and articles, decide, appeal, set an author's standing; see what it changes
    CONFIGURE = "configure"  # change the policy, endpoints and webhook sources; see their secrets
    ERASE = "erase"  # erase comments and authors for good


class Attribute(StrEnum):
    """What a score is the probability of; toxicity attributes carry Detoxify's names."""

    TOXICITY = "toxicity"  # rude, disrespectful or unreasonable: likely to make people leave a discussion
    SEVERE_TOXICITY = "severe_toxicity"  # very hateful or aggressive
    OBSCENE = "obscene"  # swear words and other obscene language
    IDENTITY_ATTACK = "identity_attack"  # hateful because of who a person is
    INSULT = "insult"  # an insult to a person or a group
    THREAT = "threat"  # an intention to inflict harm
    SEXUAL_EXPLICIT = "sexual_explicit"  # sexual acts or body parts
    OFF_TOPIC = "off_topic"  # not part of a conversation about its article


TOXICITY_ATTRIBUTES = tuple(attribute for attribute in Attribute if attribute is not Attribute.OFF_TOPIC)


class Verdict(StrEnum):
    """What becomes of a comment, mildest first; the order is used to take the worst."""

    APPROVE = "approve"  # may be published
    HOLD = "hold"  # a moderator decides
    REJECT = "reject"  # may not be published

    @property
    def severity(self) -> int:
        return list(Verdict).index(self)


class CommentStatus(StrEnum):
    """The status of a comment; a claim or a reservation is a separate fact."""

    PENDING = "pending"  # accepted, waiting for its first verdict
    HELD = "held"  # held for a moderator
    APPROVED = "approved"  # may be shown
    REJECTED = "rejected"  # may not be shown


class Source(StrEnum):
    """Who took a decision."""

    POLICY = "policy"  # the site's policy, on scores and facts
    MODERATOR = "moderator"  # a person
    UPKEEP = "upkeep"  # the service itself, giving up on a comment it could not classify
    SITE = "site"  # the site: erasing a comment that waited for a verdict, or deciding before the comment was imported
    READERS = "readers"  # several of them or one: their reports weigh enough to hold a published comment


BY_THE_SERVICE = (Source.POLICY, Source.UPKEEP)  # sources without a person behind them
HOLDING = (*BY_THE_SERVICE, Source.READERS)  # sources that can hold a comment


class Reason(StrEnum):
    """Why a verdict is not a plain approval, in the order the checks run; the sentence is `REASON_WORDS`."""

    UNCLASSIFIED = "unclassified"
    CLASSIFIER_FAILED = "classifier_failed"
    UNREAD = "unread"
    EDIT_UNREAD = "edit_unread"
    KEPT_DOWN = "kept_down"
    TOO_COSTLY = "too_costly"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    DUPLICATE = "duplicate"
    FLOOD = "flood"
    BLOCKED_TERM = "blocked_term"
    SUSPECT_TERM = "suspect_term"
    BLOCKED_LINK = "blocked_link"
    TOO_MANY_LINKS = "too_many_links"
    PERSONAL_DATA = "personal_data"
    LANGUAGE_UNSUPPORTED = "language_unsupported"
    TOXIC = "toxic"
    DISGUISED = "disguised"
    OFF_TOPIC = "off_topic"
    OFF_TOPIC_NOT_JUDGED = "off_topic_not_judged"
    ADVERT = "advert"
    COMMENTS_CLOSED = "comments_closed"
    PRE_MODERATED = "pre_moderated"
    AUTHOR_BLOCKED = "author_blocked"
    AUTHOR_STRIKES = "author_strikes"
    AUTHOR_NEW = "author_new"
    AUTHOR_TRUSTED = "author_trusted"
    AUTHOR_STAFF = "author_staff"
    REPORTED = "reported"
    MODERATOR_DECISION = "moderator_decision"
    UNDONE = "undone"
    ERASED = "erased"
    IMPORTED = "imported"
    REPLAYED = "replayed"


REASON_WORDS: dict[Reason, str] = {
    Reason.UNCLASSIFIED: N_("could not be classified after several attempts"),
    Reason.CLASSIFIER_FAILED: N_("a classifier failed on it"),
    Reason.UNREAD: N_("not all of it was read"),
    Reason.EDIT_UNREAD: N_("an edit that could not be read: readers may see another text than this one"),
    Reason.KEPT_DOWN: N_("a person kept an earlier text of it down, so a person decides on the new one"),
    Reason.TOO_COSTLY: N_("reading all of it takes more processor time than a comment may use"),
    Reason.TOO_SHORT: N_("shorter than the site's minimum length"),
    Reason.TOO_LONG: N_("longer than the site's maximum length"),
    Reason.DUPLICATE: N_("repeats a comment already sent"),
    Reason.FLOOD: N_("the author sent many comments in a short time"),
    Reason.BLOCKED_TERM: N_("contains a term on the site's blocked list"),
    Reason.SUSPECT_TERM: N_("contains a term on the site's suspect list"),
    Reason.BLOCKED_LINK: N_("links to a host on the site's blocked list"),
    Reason.TOO_MANY_LINKS: N_("contains more links than the site allows"),
    Reason.PERSONAL_DATA: N_("contains what identifies or reaches a person"),
    Reason.LANGUAGE_UNSUPPORTED: N_("written in a language no classifier here knows"),
    Reason.TOXIC: N_("scored above the site's threshold for an attribute of toxicity"),
    Reason.DISGUISED: N_("reads differently once disguised letters are undone"),
    Reason.OFF_TOPIC: N_("seems not to be about the article"),
    Reason.ADVERT: N_("seems to be an advert"),
    Reason.OFF_TOPIC_NOT_JUDGED: N_("no article text to judge it against, so off-topic was not judged"),
    Reason.COMMENTS_CLOSED: N_("comments were closed here when it came"),
    Reason.PRE_MODERATED: N_("every comment here is held for a moderator"),
    Reason.AUTHOR_BLOCKED: N_("its author is blocked at this site"),
    Reason.AUTHOR_STRIKES: N_("its author had several comments rejected lately"),
    Reason.AUTHOR_NEW: N_("its author is new here"),
    Reason.AUTHOR_TRUSTED: N_("its author is trusted, so it is held from a higher score on"),
    Reason.AUTHOR_STAFF: N_("written by the site's own staff"),
    Reason.REPORTED: N_("reported by readers after it was published"),
    Reason.MODERATOR_DECISION: N_("decided by a moderator"),
    Reason.UNDONE: N_("undone by the moderator before the callback left"),
    Reason.ERASED: N_("erased at the request of its author or the site"),
    Reason.IMPORTED: N_("decided before it was imported"),
    Reason.REPLAYED: N_("judged again by a later version of the policy"),
}


class Standing(StrEnum):
    """What people at a site have said of an author; without a word of theirs the author's record speaks."""

    TRUSTED = "trusted"  # as if trust had been earned
    STAFF = "staff"  # writes for the site: not held for scores
    BLOCKED = "blocked"  # what they send is refused


class Treatment(StrEnum):
    """How an author's comments are treated now, the first that applies."""

    BLOCKED = "blocked"  # rejected, or held if the policy says so
    STAFF = "staff"  # not held for scores
    STRUCK = "struck"  # held: as many strikes as the policy allows
    NEWCOMER = "newcomer"  # held until enough comments are approved
    TRUSTED = "trusted"  # held only from a higher score on
    ORDINARY = "ordinary"  # like everybody


class AttemptOutcome(StrEnum):
    """How one attempt to deliver a callback ended."""

    DELIVERED = "delivered"  # the receiver answered 2xx
    REFUSED = "refused"  # an answer that is not 2xx
    GONE = "gone"  # 410: the receiver wants no more
    TIMED_OUT = "timed_out"  # no answer in time
    UNREACHABLE = "unreachable"  # no connection
    FORBIDDEN = "forbidden"  # the address is not one callbacks may go to


class Event(StrEnum):
    """What a callback tells."""

    APPROVED = "comment.approved"  # may be published
    REJECTED = "comment.rejected"  # may not be published
    HELD = "comment.held"  # a moderator decides
    OVERTURNED = "comment.overturned"  # a moderator turned an earlier verdict into its opposite
    ERASED = "comment.erased"  # text and author are gone here
    LEGAL_NOTICE_RECEIVED = "legal_notice.received"  # for its notifier: a legal notice has come in
    LEGAL_NOTICE_DECIDED = "legal_notice.decided"  # for its notifier: what was decided on it
    REPORT_DECIDED = "report.decided"  # a moderator upheld a reader's report, or did not
    TEST = "endpoint.test"  # sent on request, to see whether it arrives


SUBSCRIBABLE = tuple(event for event in Event if event is not Event.TEST)
# Only to endpoints that name them, because they carry a person's name and e-mail address.
ONLY_BY_NAME = (Event.LEGAL_NOTICE_RECEIVED, Event.LEGAL_NOTICE_DECIDED)
