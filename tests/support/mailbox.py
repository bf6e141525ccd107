"""A real SMTP server in this process, with a certificate of an authority of its own."""

import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.outside.mail import Server

USER, PASSWORD = "moderato", "a password of the mail server"


@dataclass
class Mailbox:
    """What arrived; `refuses` answers a recipient, `fails` every message, with what is set."""

    port: int
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    fails: str = ""

    def server(self, **changes: Any) -> Server:
        given = {"host": "127.0.0.1", "port": self.port, "security": "starttls", "sender": "Moderato <m@news.example>"}
        return Server(**(given | changes))

    def environ(self) -> dict[str, str]:
        """The settings of a service that sends its mail here."""
        return {
            "MODERATO_SMTP_HOST": "127.0.0.1",
            "MODERATO_SMTP_PORT": str(self.port),
            "MODERATO_SMTP_USERNAME": USER,
            "MODERATO_SMTP_PASSWORD": PASSWORD,
            "MODERATO_MAIL_FROM": "Moderato <m@news.example>",
        }

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.fails:
            return self.fails
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@contextmanager
def mailbox(folder: Path, *, security: str = "starttls", name: str = "127.0.0.1") -> Iterator[Mailbox]:
    """Run one; its certificate is for `name`, and its authority's is `folder`/authority.pem."""
    box = Mailbox(0)
    options: dict[str, Any] = {"authenticator": _signs_in, "auth_required": False}
    if security != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(_certificate(folder, name))
        options |= {"starttls": {"tls_context": context}, "tls": {"ssl_context": context}}[security]
    options["auth_require_tls"] = security == "starttls"  # the server does not notice that all of it is TLS
    controller = _Anywhere(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


class _Anywhere(Controller):
    """A controller on a free port: it is known once the server listens."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        super()._trigger_server()


def _signs_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


def _certificate(folder: Path, name: str) -> Path:
    """Write an authority's certificate, and one for `name` with its key; return the latter's file."""
    now = datetime.datetime.now(datetime.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of a test")])

    def begin(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(authority).public_key(public)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))

    ca = begin(authority, authority_key.public_key())
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    known = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca = ca.add_extension(known, critical=False).add_extension(usage, critical=True)
    (folder / "authority.pem").write_bytes(
        ca.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    leaf = begin(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), key.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
    leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known), critical=False)
    file = folder / "server.pem"
    plain = serialization.NoEncryption()
    file.write_bytes(
        leaf.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file
