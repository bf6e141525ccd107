"""What notifiers receive: the one place from which a message to a notifier leaves.

A callback carries it to the site, which writes the e-mail. Mail of our own would be sent from here too.
"""

from sqlalchemy.orm import Session

from service.models import LegalNotice
from service.moderation.callbacks import outbox
from service.vocabulary import Event

# Articles 16(5), 20 and 21 of the Digital Services Act. A lead changes it to what the site offers.
REDRESS = (
    "If you disagree with this decision, you can complain to us free of charge within six months. You can also turn to "
    "a certified out-of-court dispute settlement body, or to a court."
)
TAKEN_DOWN = "Thank you for telling us. We have removed the comment."
LEFT_PUBLISHED = (
    "Thank you for telling us. We have read the comment and your explanation, and we leave the comment published, "
    "because we do not find it to be illegal."
)


def confirm_receipt(session: Session, legal_notice: LegalNotice, /) -> None:
    """Tell the notifier that the legal notice has arrived."""
    outbox.owe_legal_notice(session, legal_notice, Event.LEGAL_NOTICE_RECEIVED)


def tell_decision(session: Session, legal_notice: LegalNotice, /, *, delay: float) -> None:
    """Tell the notifier the decision, its explanation and the redress, after `delay` seconds."""
    outbox.owe_legal_notice(session, legal_notice, Event.LEGAL_NOTICE_DECIDED, delay=delay)


def take_back_decision(session: Session, legal_notice: LegalNotice, /) -> bool:
    """Take back what `tell_decision` stored; False if the site has it already."""
    return outbox.withdraw_decided(session, legal_notice.id)
