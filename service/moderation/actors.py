"""Who acts, as decisions and the audit log name them. Every actor is made here, so that a person has one name."""

import getpass
import os
from dataclasses import dataclass
from typing import Protocol

from service.models import Moderator, WebhookSource


class NamedKey(Protocol):
    """An API key: its public part and the name that the site gave it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts. `name` may leave the machine, in callbacks and answers; an email address may not."""

    kind: str
    id: str = ""
    name: str = ""
    email: str = ""

    @property
    def full_name(self) -> str:
        """The name in the audit log: the address distinguishes two moderators called Ana."""
        return f"{self.name} <{self.email}>" if self.email else self.name

    @property
    def moderator_id(self) -> str | None:
        """The id of a moderator; None for everybody else."""
        return self.id if self.kind == "moderator" else None


SERVICE = Actor(kind="service", name="Moderato")
IDENTITY_PROVIDER = Actor(kind="service", name="Identity provider")
VISITOR = Actor(kind="visitor")  # a person who is not signed in


def of_moderator(moderator: Moderator, /) -> Actor:
    """Return a person who is signed in to the console."""
    return Actor(kind="moderator", id=moderator.id, name=moderator.name, email=moderator.email)


def of_key(key: NamedKey, /) -> Actor:
    """Return the site's software behind an API key; a decision by API is the key's."""
    return Actor(kind="key", id=key.id, name=key.name)


def of_source(source: WebhookSource, /) -> Actor:
    """Return the CMS behind a webhook source."""
    return Actor(kind="source", id=source.id, name=source.name)


def operator() -> Actor:
    """Return the user of this process, on the command line; behind sudo, also who called it."""
    user, caller = _user(), os.environ.get("SUDO_USER", "")
    return Actor(kind="command line", id=user, name=f"{user} for {caller}" if caller else user)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user need not have a name
        return f"user {os.getuid()}"
