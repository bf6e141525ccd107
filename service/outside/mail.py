"""One e-mail through the operator's SMTP server: plain text, over TLS whose certificate is checked.

What names contain cannot add a header or a recipient: a line break becomes a space, and the address is one address.
"""

import smtplib
import ssl
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

SECONDS = 10.0  # for each answer of the server
LONGEST_SUBJECT = 200


class MailFault(Exception):
    """The e-mail was not sent; the message is a sentence that says why, and what to look at."""

    def __init__(self, sentence: str, /, *, is_about_recipient: bool = False) -> None:
        super().__init__(sentence)
        self.is_about_recipient = is_about_recipient  # the server works; it does not take mail for this address


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where mail leaves; `security` is "starttls", "tls", or "none" for a relay on this machine."""

    host: str
    port: int
    security: str
    sender: str
    username: str = ""
    password: str = ""


def send(server: Server, message: EmailMessage, /) -> None:
    """Send it; raise MailFault, which never quotes the password."""
    recipient = str(message["To"])
    with _faults(server, recipient), _connection(server) as connection:
        if server.username:
            connection.login(server.username, server.password)
        connection.send_message(message)


def compose(
    server: Server, recipient: str, /, *, subject: str, text: str, message_id: str, now: datetime
) -> EmailMessage:
    """Return the e-mail; raise MailFault for a recipient that is not one address."""
    message = EmailMessage()
    try:
        message["To"] = Address(addr_spec=recipient)
    except (ValueError, MessageError, IndexError):
        raise MailFault(f"{one_line(recipient)!r} is not an e-mail address.", is_about_recipient=True) from None
    message["From"] = one_line(server.sender)
    message["Subject"] = one_line(subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id}@{parseaddr(server.sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday notice answers (RFC 3834)
    message.set_content(text)
    return message


def one_line(text: str, /) -> str:
    """Return `text` on one line, without characters that control or that direct a script."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


@contextmanager
def _connection(server: Server) -> Iterator[smtplib.SMTP]:
    if server.security == "tls":
        context = ssl.create_default_context()
        with smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context) as connection:
            yield connection
        return
    with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as connection:
        if server.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        yield connection


@contextmanager
def _faults(server: Server, recipient: str) -> Iterator[None]:
    where = f"{server.host}:{server.port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailFault(
            f"The certificate of {where} is not trusted ({error.verify_message}). Use the name that it was issued for; "
            "SSL_CERT_FILE names the file of an authority of your own."
        ) from None
    except ssl.SSLError as error:
        raise MailFault(
            f"No TLS with {where} ({error.reason or 'the connection ended'}). Port 587 usually needs "
            "MODERATO_SMTP_SECURITY=starttls, port 465 tls."
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        raise MailFault(f"{where} refuses the user name or the password ({_said(error)}).") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        said = _said(smtplib.SMTPResponseException(code, reply))
        raise MailFault(f"{where} takes no mail for {recipient} ({said}).", is_about_recipient=code >= 500) from None
    except smtplib.SMTPSenderRefused as error:
        raise MailFault(f"{where} takes no mail from {server.sender} ({_said(error)}).") from None
    except smtplib.SMTPResponseException as error:
        raise MailFault(f"{where} answered {_said(error)}.") from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailFault(f"{where} cannot do this: {one_line(str(error))}") from None
    except smtplib.SMTPServerDisconnected as error:
        if "timed out" in str(error):
            raise MailFault(_late(where)) from None
        raise MailFault(f"{where} ended the connection.") from None
    except TimeoutError:
        raise MailFault(_late(where)) from None
    except (ValueError, smtplib.SMTPException) as error:
        raise MailFault(f"{where}: the e-mail could not be sent ({type(error).__name__}).") from None
    except OSError as error:
        raise MailFault(f"No connection to {where} ({error.strerror or type(error).__name__}).") from None


def _late(where: str) -> str:
    return f"{where} did not answer within {SECONDS:.0f} seconds."


def _said(error: smtplib.SMTPResponseException) -> str:
    reply = error.smtp_error
    return one_line(f"{error.smtp_code} {reply.decode(errors='replace') if isinstance(reply, bytes) else reply}")[:150]
