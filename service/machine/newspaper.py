"""The newspaper of `moderato up --demo`: chooses its port, connects it to the demo site, and becomes its process.

The newspaper itself (`integrations/newspaper/`) knows Moderato by webhook and callback, and passes reports on by API.
What an administrator enters by hand in a CMS, two addresses, their secrets and a key, is arranged here. A second start
finds it, except the key, which cannot be shown again: it makes a new one and revokes the one before.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from service.accounts import keys, sites
from service.installation.settings import Settings, load
from service.installation.storage import opened
from service.machine import demo_access
from service.machine.demo_access import Access
from service.machine.demo_api import READY_SECONDS, Api
from service.moderation import operator_acts
from service.vocabulary import Scope

FOLDER = Path(__file__).parents[2] / "integrations/newspaper"  # in a checkout; an installed package has none
PORT = "NEWSPAPER_PORT"
NAME = "The newspaper of the demo"  # what tells its source and its endpoint from others of the site
PORTS_TRIED = 50
REPORTING = (Scope.SUBMIT, Scope.READ)


def environ(settings: Settings, /) -> dict[str, str]:
    """Return what tells the demo's parts where the newspaper is: the first free port after the service's."""
    if not FOLDER.exists():
        return {}
    for port in range(settings.port + 1, min(settings.port + PORTS_TRIED, 65_536)):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return {PORT: str(port)}
    return {}


def address() -> str | None:
    """Return where the newspaper of this demo is, None where there is none."""
    return f"http://127.0.0.1:{os.environ[PORT]}" if PORT in os.environ else None


def main() -> NoReturn:
    """Connect the newspaper as soon as the service answers, then run it in this process."""
    settings, until = load(), time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        access = demo_access.read(settings)
        if (
            access is not None
            and access.newspaper == address()
            and Api(access.base_url, access.api_key).wait_until_ready()
        ):
            _run(settings, access)
        time.sleep(0.05)  # the demo has not written its file yet
    sys.exit("The demo is not ready, so its newspaper cannot be connected.")


def _run(settings: Settings, access: Access) -> NoReturn:
    api = Api(access.base_url, access.api_key)
    source, endpoint = _source(api), _endpoint(api, f"{access.newspaper}/moderato")
    _put_article(api, source["id"], f"{access.newspaper}/")
    said = {
        "MODERATION_WEBHOOK": access.base_url + source["address"],
        "MODERATION_SECRET": source["secrets"][0],
        "CALLBACK_SECRET": endpoint["secrets"][0],
        "MODERATION_KEY": new_key(settings, access),
        "NEWSPAPER_DATABASE": str((settings.data_dir / "newspaper.db").absolute()),
        "REVIEW_QUEUE": f"{access.base_url}/console",
        "REVIEW_ACCOUNT": access.email,
    }
    os.umask(0o077)  # readers' comments are nobody else's to read
    os.execve(sys.executable, [sys.executable, str(FOLDER / "newspaper.py")], os.environ | said)  # noqa: S606


def _source(api: Api) -> dict[str, Any]:
    """Return the newspaper's webhook source with its secrets; the first start makes it."""
    _, known = api.call("GET", "/v1/webhook-sources")
    ours = [source["id"] for source in known["sources"] if source["name"] == NAME]
    if ours:
        return api.call("GET", f"/v1/webhook-sources/{ours[0]}")[1]
    return api.call("POST", "/v1/webhook-sources", {"name": NAME, "style": "standard", "preset": "moderato"})[1]


def _endpoint(api: Api, url: str) -> dict[str, Any]:
    """Return the newspaper's endpoint with its secrets, at the address that it has this time."""
    _, known = api.call("GET", "/v1/endpoints")
    ours = [endpoint for endpoint in known["endpoints"] if endpoint["description"] == NAME]
    if not ours:
        return api.call("POST", "/v1/endpoints", {"url": url, "description": NAME})[1]
    path = f"/v1/endpoints/{ours[0]['id']}"
    if ours[0]["url"] != url or ours[0]["state"] != "active":
        api.call("PATCH", path, {"url": url, "state": "active"})
    return api.call("GET", path)[1]


def new_key(settings: Settings, access: Access) -> str:
    """Return a key with which readers' reports are passed on; those of earlier starts are revoked."""
    with opened(settings) as database, database.write() as session:
        site = sites.require(session, access.site)
        key = keys.create(session, site.id, NAME, scopes=REPORTING)
        detail = keys.told(NAME, REPORTING, None)
        operator_acts.record(session, "key.create", site_id=site.id, subject=("key", keys.id_of(key)), detail=detail)
        for revoked in keys.revoke_others(session, site.id, key, name=NAME):
            operator_acts.record(session, "key.revoke", site_id=site.id, subject=("key", revoked))
    return key


def _put_article(api: Api, source_id: str, url: str) -> None:
    """Store the article, as a CMS does when it publishes one, so that comments can be compared with it."""
    article = json.loads((FOLDER / "article.json").read_text())
    body = {"title": article["title"], "key_points": article["key_points"], "url": url, "language": "en"}
    body["body"] = "\n\n".join(article["body"])
    api.call("PUT", f"/v1/articles/{quote(article['id'], safe='')}?source={source_id}", body)


if __name__ == "__main__":
    main()
