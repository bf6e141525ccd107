"""E-mail leaves over a connection that is encrypted and checked, to one recipient, with no header of a stranger's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.outside import mail
from service.outside.mail import MailFault, Server
from tests.support.mailbox import PASSWORD, USER, mailbox

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authorities of this machine are the test's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


def send(server: Server, to: str = "ana@gazette.example", subject: str = "Hello", text: str = "Text.") -> None:
    mail.send(server, mail.compose(server, to, subject=subject, text=text, message_id="m-1", now=NOW))


@pytest.mark.usefixtures("trusts")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_arrives_over_a_checked_connection_after_signing_in(tmp_path: Path, security: str) -> None:
    with mailbox(tmp_path, security=security) as box:
        send(box.server(security=security, username=USER, password=PASSWORD), text="Two comments are held.\n")
    (message,) = box.messages
    assert (box.recipients, message["Subject"]) == (["ana@gazette.example"], "Hello")
    assert message["From"] == "Moderato <m@news.example>"
    assert message["Message-ID"] == "<m-1@news.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Two comments are held."]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_is_said(
    tmp_path: Path, security: str
) -> None:
    with mailbox(tmp_path, security=security) as box:
        with pytest.raises(MailFault, match=r"certificate of .* is not trusted"):
            send(box.server(security=security, username=USER, password=PASSWORD))
        assert box.messages == []


@pytest.mark.usefixtures("trusts")
def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with mailbox(tmp_path, name="mail.elsewhere.example") as box:
        with pytest.raises(MailFault, match=r"certificate of .* is not trusted"):
            send(box.server())
        assert box.messages == []


def test_a_server_that_offers_no_encryption_gets_nothing(tmp_path: Path) -> None:
    with mailbox(tmp_path, security="none") as box:
        with pytest.raises(MailFault, match="STARTTLS"):
            send(box.server(username=USER, password=PASSWORD))
        assert box.messages == []
        send(box.server(security="none"))
    assert len(box.messages) == 1


@pytest.mark.usefixtures("trusts")
def test_each_fault_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        with pytest.raises(MailFault, match="refuses the user name or the password") as wrong:
            send(box.server(username=USER, password="something else"))
        assert "something else" not in str(wrong.value)
        box.refuses["gone@gazette.example"] = "550 no such user"
        with pytest.raises(MailFault, match=r"takes no mail for gone@gazette\.example \(550 no such user") as refused:
            send(box.server(), "gone@gazette.example")
        assert refused.value.is_about_recipient
        box.refuses["full@gazette.example"] = "452 mailbox full"
        with pytest.raises(MailFault, match="452 mailbox full") as later:
            send(box.server(), "full@gazette.example")
        assert not later.value.is_about_recipient
        box.fails = "451 try again"
        with pytest.raises(MailFault, match="answered 451 try again"):
            send(box.server())
        closed = box.server()
    with pytest.raises(MailFault, match=r"No connection to 127\.0\.0\.1"):
        send(closed)


@pytest.mark.usefixtures("trusts")
def test_a_name_cannot_add_a_header_or_a_recipient(tmp_path: Path) -> None:
    with mailbox(tmp_path) as box:
        send(box.server(), subject="The Gazette\r\nBcc: eve@evil.example\r\n\r\nBody\u2028of\u202e another")
        (message,) = box.messages
        assert message["Bcc"] is None
        assert message["Subject"] == "The Gazette Bcc: eve@evil.example Body of another"
        assert box.recipients == ["ana@gazette.example"]
        for recipient in ("a@b.example\r\nBcc: eve@evil.example", "a@b.example, eve@evil.example", "<a@b>, c", "@"):
            with pytest.raises(MailFault, match="is not an e-mail address"):
                send(box.server(), recipient)
    assert len(box.messages) == 1
