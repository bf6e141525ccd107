"""The mark of a reporter: tells two apart, and says nothing of an e-mail or network address to who reads the database.

An id of the CMS's is its own and is hashed only to have one length. An address is a person's: its mark is a signature
with a key of the installation, so that nobody can look up an address without it. After a change of that key the readers
behind addresses are new here, with no record; those whom the CMS names by an id keep theirs.
"""

import hashlib

from service.outside.sealing import Keyring


def of_id(site_id: str, reporter_id: str, /) -> str:
    """Return the mark of a reporter whom the site's CMS names by an id."""
    return hashlib.sha256(f"reporter: {site_id}: id: {reporter_id}".encode()).hexdigest()


def of_email(keyring: Keyring, site_id: str, email: str, /) -> str:
    """Return the mark of an e-mail address; case and surrounding blanks do not count."""
    return keyring.sign(f"moderato: reporter: {site_id}: email: {email.strip().casefold()}")


def of_address(keyring: Keyring, site_id: str, address: str, /) -> str:
    """Return the mark of a reader of the form, from what stands in for the network address."""
    return keyring.sign(f"moderato: reporter: {site_id}: address: {address}")
