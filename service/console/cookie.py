"""The console's only cookie: `__Host-moderato` over HTTPS, plain `moderato` over HTTP on this machine.

It is signed, and has the id of a server-side session, the CSRF token and notices; never anything about comments.
"""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface


class ConsoleCookie(SecureCookieSessionInterface):
    """Names and secures the cookie by the scheme of the request, since one process may serve both."""

    def get_cookie_name(self, app: Flask) -> str:
        # Browsers take a __Host- cookie only from HTTPS, for exactly this host, so no other host can plant one.
        return "__Host-moderato" if request.is_secure else "moderato"

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_domain(self, app: Flask) -> str | None:
        return None
