"""The settings of e-mail, a part of `Settings`: what is missing or does not fit fails at the start."""

from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from service.outside.addresses import is_loopback_name
from service.outside.mail import Server


class MailSettings(BaseModel):
    """Where alerts and invitations leave by e-mail; without a host none does."""

    smtp_host: str = Field("", description="SMTP server for alerts by e-mail; empty: none are sent.")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="Its port; 465 where TLS begins at once.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        validate_default=True,
        description="How the connection is encrypted, with the certificate checked; none: only on this machine.",
    )
    smtp_username: str = Field("", description="User name at the SMTP server; empty: no sign-in.")
    smtp_password: str | None = Field(None, description="Password at the SMTP server.")
    mail_from: str = Field(
        "", validate_default=True, description="Sender of e-mails, as `Moderato <moderato@news.example>`."
    )

    @field_validator("smtp_security")
    @classmethod
    def _encrypted(cls, given: str, info: ValidationInfo) -> str:
        host = info.data.get("smtp_host", "")
        if given == "none" and host and not _is_here(host):
            raise ValueError("is only for a server on this machine (localhost); use starttls or tls")
        return given

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, given: str, info: ValidationInfo) -> str:
        if not given:
            if info.data.get("smtp_host"):
                raise ValueError("must be set where MODERATO_SMTP_HOST is")
            return given
        try:
            sound = given.isprintable() and bool(Address(addr_spec=parseaddr(given)[1]).domain)
        except (ValueError, MessageError, IndexError):
            sound = False
        if not sound:
            raise ValueError("must be an address, as Moderato <moderato@news.example>")
        return given

    @property
    def mail_server(self) -> Server | None:
        """Where e-mail leaves, None if it is not set up."""
        if not self.smtp_host:
            return None
        return Server(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            sender=self.mail_from,
            username=self.smtp_username,
            password=self.smtp_password or "",
        )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return is_loopback_name(host)
