"""Settings of e-mail that would send a password unprotected, or nothing at all, fail at the start."""

import pytest

from service.installation.settings import SettingsError, load

MAIL = {"MODERATO_SMTP_HOST": "mail.news.example", "MODERATO_MAIL_FROM": "Moderato <moderato@news.example>"}


def test_without_a_host_no_mail_is_sent_and_with_one_it_is_encrypted() -> None:
    assert load({}).mail_server is None
    server = load(MAIL | {"MODERATO_SMTP_PASSWORD": "secret"}).mail_server
    assert server is not None
    assert (server.host, server.port, server.security) == ("mail.news.example", 587, "starttls")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"MODERATO_SMTP_SECURITY": "none"}, "only for a server on this machine"),
        ({"MODERATO_MAIL_FROM": ""}, "must be set where MODERATO_SMTP_HOST is"),
        ({"MODERATO_MAIL_FROM": "Moderato"}, "must be an address"),
        ({"MODERATO_MAIL_FROM": "M <m@news.example>\r\nBcc: eve@evil.example"}, "must be an address"),
        ({"MODERATO_SMTP_SECURITY": "ssl"}, "starttls"),
    ],
)
def test_what_does_not_fit_is_one_sentence(changed: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load(MAIL | changed)


def test_a_relay_on_this_machine_needs_no_encryption() -> None:
    here = {"MODERATO_SMTP_HOST": "localhost", "MODERATO_SMTP_SECURITY": "none"}
    assert load(MAIL | here).mail_server is not None
