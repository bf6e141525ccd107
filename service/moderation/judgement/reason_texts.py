"""The sentences that decisions keep as the text of a reason, as templates: made in English, read back by the console.

A sentence of an earlier version stays readable as long as its template stays here, so one is only added, or kept
beside the one that replaces it.
"""

from collections.abc import Mapping

from service.sentences import Template, counted_template, template
from service.vocabulary import Reason

UNREAD = counted_template("%(count)s character was not read", "%(count)s characters were not read")
KEPT_DOWN_BY_NOTICE = template("a legal notice took an earlier text of this comment down")
KEPT_DOWN_BY_APPEAL = template("the rejection of an earlier text of this comment was upheld on appeal")
AT_LEAST = template("%(length)s of at least %(limit)s characters")
AT_MOST = template("%(length)s of at most %(limit)s characters")
REPEATS = template("repeats comment %(comment)s")
FLOOD = template("%(comments)s comments by this author within an hour")
BLOCKED_TERMS = template("on the blocked list: %(terms)s")
BLOCKED_TERMS_AND_MORE = template("on the blocked list: %(terms)s and %(more)s more")
SUSPECT_TERMS = template("on the suspect list: %(terms)s")
SUSPECT_TERMS_AND_MORE = template("on the suspect list: %(terms)s and %(more)s more")
LINKS = template("links to %(hosts)s")
TOO_MANY_LINKS = counted_template("%(count)s link, %(limit)s allowed", "%(count)s links, %(limit)s allowed")
PERSONAL_DATA = template("contains personal data: %(kinds)s", kinds=", ")
LANGUAGE = template("written in %(language)s, which no classifier here knows")
LANGUAGE_UNKNOWN = template("written in an unknown language, which no classifier here knows")
LANGUAGE_OF_A_PART = template("a part of it is written in a language that no classifier here knows")
NO_SCORE = template("no toxicity score was given")
IN_ONE_PART = template("%(attribute)s %(score)s in one part of it, held from %(threshold)s", attribute="")
REJECTED_FROM = template("%(attribute)s %(score)s, reject from %(threshold)s", attribute="")
HELD_FROM = template("%(attribute)s %(score)s, hold from %(threshold)s", attribute="")
NEVER_REJECTED = template(
    "%(attribute)s %(score)s, hold from %(threshold)s; scores in this language never reject", attribute=""
)
SCORES_NEVER_REJECT = template("scores in this language never reject")  # the end of the one above, where it is a part
SCORED = (IN_ONE_PART, REJECTED_FROM, NEVER_REJECTED, HELD_FROM)
TRUSTED = template(
    "%(attribute)s %(score)s, held from %(threshold)s, for trusted authors from %(raised)s", attribute=""
)
OFF_TOPIC_NOT_JUDGED = template("off-topic is not judged in this language (%(language)s)")
OFF_TOPIC_NOT_JUDGED_UNKNOWN = template("off-topic is not judged in this language (unknown)")
STRIKES = counted_template(
    "%(count)s strike in %(days)s days, held from %(limit)s", "%(count)s strikes in %(days)s days, held from %(limit)s"
)
NO_AUTHOR = template("came without an author's id, so it counts as a newcomer's")
NEWCOMER = template("%(approved)s of %(needed)s comments by this author approved so far")
STAFF = template("written by staff")
STAFF_EASED = template("written by staff; held where others are rejected")
STAFF_FORGIVEN = template("written by staff; not held for: %(reasons)s", reasons="; ")
STAFF_EASED_AND_FORGIVEN = template(
    "written by staff; held where others are rejected; not held for: %(reasons)s", reasons="; "
)
REPORTED = counted_template(
    "reported by %(count)s reader: %(kinds)s", "reported by %(count)s readers: %(kinds)s", kinds=", "
)
REPLAYED = template("judged again by version %(version)s of the policy, applied to past comments by %(name)s")
REPLAY_UNDONE = template("the replay of a later policy was undone")
APPROVED_ON_APPEAL = template("approved on appeal")

# By a reason's code, also by codes that only a moderator's verdict has. What says more comes first.
TEMPLATES: Mapping[str, tuple[Template, ...]] = {
    Reason.UNREAD: (UNREAD,),
    Reason.KEPT_DOWN: (KEPT_DOWN_BY_NOTICE, KEPT_DOWN_BY_APPEAL),
    Reason.TOO_SHORT: (AT_LEAST,),
    Reason.TOO_LONG: (AT_MOST,),
    Reason.DUPLICATE: (REPEATS,),
    Reason.FLOOD: (FLOOD,),
    Reason.BLOCKED_TERM: (BLOCKED_TERMS_AND_MORE, BLOCKED_TERMS),
    Reason.SUSPECT_TERM: (SUSPECT_TERMS_AND_MORE, SUSPECT_TERMS),
    Reason.BLOCKED_LINK: (LINKS,),
    Reason.TOO_MANY_LINKS: (TOO_MANY_LINKS,),
    Reason.PERSONAL_DATA: (PERSONAL_DATA,),
    Reason.LANGUAGE_UNSUPPORTED: (LANGUAGE_UNKNOWN, LANGUAGE, LANGUAGE_OF_A_PART),
    Reason.CLASSIFIER_FAILED: (NO_SCORE,),
    Reason.TOXIC: SCORED,
    Reason.OFF_TOPIC: SCORED,
    Reason.ADVERT: SCORED,
    Reason.AUTHOR_TRUSTED: (TRUSTED,),
    Reason.OFF_TOPIC_NOT_JUDGED: (OFF_TOPIC_NOT_JUDGED_UNKNOWN, OFF_TOPIC_NOT_JUDGED),
    Reason.AUTHOR_STRIKES: (STRIKES,),
    Reason.AUTHOR_NEW: (NO_AUTHOR, NEWCOMER),
    Reason.AUTHOR_STAFF: (STAFF_EASED_AND_FORGIVEN, STAFF_FORGIVEN, STAFF_EASED, STAFF),
    Reason.REPORTED: (REPORTED,),
    Reason.REPLAYED: (REPLAYED,),
    Reason.UNDONE: (REPLAY_UNDONE,),
    "appeal": (APPROVED_ON_APPEAL,),
}
