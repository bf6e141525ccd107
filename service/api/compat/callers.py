"""Who calls in another contract: a key that is known, within its rate and allowed. Nothing of a body is read before."""

from collections.abc import Sequence

from service.accounts import keys
from service.accounts.keys import Key
from service.api import operation
from service.api.keeper import Keeper
from service.errors import Unauthenticated
from service.vocabulary import Scope

# Either. Not `submit`: by the exact scores of a form's key, which every reader sees, a spammer could tune a text.
SCORING = (Scope.SCORE, Scope.READ)


def admit(kept: Keeper, presented: str, scopes: Sequence[Scope], /) -> Key:
    """Return the key, one request spent; raise Unauthenticated, TooMany or ScopeMissing. Any of the scopes will do."""
    key = kept.keyring.verify(presented)
    if key is None:
        raise Unauthenticated("The API key is unknown, expired or revoked.")
    operation.note(kept, key)
    kept.limits.spend(key.id)
    if not key.scopes & set(scopes):
        keys.require(key, scopes[0])
    return key


def bearer(authorization: str, /) -> str:
    """Return the key in an `Authorization` header, or ""."""
    scheme, _, presented = authorization.partition(" ")
    return presented.strip() if scheme.lower() == "bearer" else ""
