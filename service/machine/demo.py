"""The demo of `moderato up --demo`: an article and readers' comments over the HTTP API, their verdicts as they come.

It does what a publisher would do, through the same API; only the site, the key and the moderator are made directly, as
an operator makes them. What it prints is also in `demo.json` in the data folder, readable by its owner alone.
"""

import json
import secrets
import shlex
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.accounts import keys, moderators, sites
from service.installation.settings import Settings, load
from service.installation.storage import opened
from service.machine import demo_access, newspaper, traffic
from service.machine.demo_access import Access
from service.machine.demo_api import VERDICT_SECONDS, Api
from service.models.moderator import Role
from service.moderation import operator_acts

CONTENT = Path(__file__).with_name("demo_content.json")
KEY_NAME = "demo"
REFUSED = "refused"
READERS, READERS_PER_SECOND = 60, 0.5  # who go on commenting for two minutes


@dataclass
class Row:
    """One comment in the table."""

    about: str
    text: str
    outcome: str = "…"
    why: str = ""
    seconds: float | None = field(default=None)
    known: bool = False  # from an earlier run


def main(started_at: float) -> int:
    """Run the demo against the service that is starting; `started_at` is when it began to start (seconds, epoch)."""
    settings = load()
    content = json.loads(CONTENT.read_text())
    access = prepare(settings, content)
    demo_access.write(settings, access)
    api = Api(access.base_url, access.api_key)
    if not api.wait_until_ready():
        print(f"The web server does not answer on {access.base_url}; {settings.data_dir}/moderato.log says why.")
        return 1
    rows = {comment["id"]: Row(comment["about"], comment["text"]) for comment in content["comments"]}
    shown = _Table(rows)
    first: float | None = None
    for comment_id in verdicts(api, content, rows):
        if first is None and rows[comment_id].seconds is not None:
            first = time.time() - started_at
        shown.update(rows[comment_id])
    shown.close()
    if first is not None:
        print(f"\nFirst verdict {first:.1f} s after the start.")
    elif all(row.known for row in rows.values() if row.outcome != REFUSED):
        print("\nThese comments got their verdicts in an earlier run.")
    else:
        print(f"No verdict within {VERDICT_SECONDS:g} s; {settings.data_dir}/moderato.log says why.")
        return 1
    print(f"\n{_what_next(access, content, settings)}", flush=True)
    # So that the review queue and the charts move while a newcomer looks at them for the first time.
    with suppress(traffic.RequestRefused, OSError):
        traffic.play(access.base_url, access.api_key, comments=READERS, rate=READERS_PER_SECOND, seed=1)
    return 0


def prepare(settings: Settings, content: dict[str, Any]) -> Access:
    """Create the demo site, its one key and a moderator; a second run keeps all three."""
    previous = demo_access.read(settings)
    password = previous.password if previous else secrets.token_urlsafe(12)
    slug, person = content["site"]["slug"], content["moderator"]
    with opened(settings) as database:
        known = keys.KeyCache(database).verify(previous.api_key) if previous else None
        with database.write() as session:
            site = sites.find(session, slug) or sites.create(session, slug, content["site"]["name"])
            moderators.add(session, site, person["email"], name=person["name"], role=Role.ADMIN, password=password)
            if previous is not None and known is not None and known.site_id == site.id:
                key = previous.api_key
            else:
                key = keys.create(session, site.id, KEY_NAME)
            replaced = keys.revoke_others(session, site.id, key, name=KEY_NAME)
            detail = {"slug": slug, "key": keys.id_of(key), "replaced": replaced}
            operator_acts.record(session, "demo.set_up", site_id=site.id, subject=("site", site.id), detail=detail)
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  (compared, not bound)
    host = f"[{host}]" if ":" in host else host
    return Access(f"http://{host}:{settings.port}", key, person["email"], password, slug, newspaper.address())


def verdicts(api: Api, content: dict[str, Any], rows: dict[str, Row]) -> Iterator[str]:
    """Send the article and the comments; yield the id of each comment once its row shows its status."""
    article = content["article"]
    api.call("PUT", f"/v1/articles/{article['id']}", {name: value for name, value in article.items() if name != "id"})
    waiting: dict[str, float] = {}
    for comment in content["comments"]:
        body = {name: value for name, value in comment.items() if name != "about"} | {"article_id": article["id"]}
        sent = time.monotonic()
        status, answer = api.call("POST", "/v1/comments", body)
        row = rows[comment["id"]]
        if status == 202 or answer.get("status") == "pending":
            waiting[comment["id"]] = sent
            continue
        if status == 200:
            row.outcome, row.why, row.known = str(answer["status"]), _reasons(answer), True
        else:
            row.outcome, row.why = REFUSED, str(answer.get("detail", ""))
        yield comment["id"]
    with ThreadPoolExecutor(max_workers=len(waiting) or 1) as pool:
        for asked in as_completed([pool.submit(api.verdict, comment_id) for comment_id in waiting]):
            comment_id, found = asked.result()
            if found is not None:
                rows[comment_id].seconds = time.monotonic() - waiting[comment_id]
                rows[comment_id].outcome, rows[comment_id].why = str(found["status"]), _reasons(found)
                yield comment_id


class _Table:
    """The rows as they fill: redrawn in place on a terminal, a line each elsewhere."""

    def __init__(self, rows: dict[str, Row]) -> None:
        self._rows = rows
        self._live: Any = None
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(self._drawn(), refresh_per_second=20)
            self._live.start()

    def update(self, row: Row) -> None:
        if self._live is not None:
            self._live.update(self._drawn())
        else:
            took = "" if row.seconds is None else f"{row.seconds * 1000:.0f} ms"
            print(f"{row.outcome:<14} {took:>8}  {row.about:<20} {row.why}", flush=True)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _drawn(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        colours = {"approved": "green", "rejected": "red", "held": "yellow"}
        table = Table("comment", "", "status", "why", title="Comments from readers, and what Moderato decided")
        for row in self._rows.values():
            shortened = row.text if len(row.text) <= 46 else row.text[:45] + "…"
            outcome = Text(row.outcome, style=colours.get(row.outcome, "dim"))
            table.add_row(Text(shortened), row.about, outcome, row.why)
        return table


def _reasons(answer: dict[str, Any]) -> str:
    """Return the reasons of a verdict in a few words: what was measured where something was, else the sentence."""
    measured, told = [], []
    for reason in answer.get("reasons") or []:
        if reason.get("score") is not None:
            measured.append(f"{reason['attribute']} {reason['score']:.2f}")
        elif reason["text"] not in told:
            told.append(reason["text"])
    return ", ".join([*measured, *told])


def _what_next(access: Access, content: dict[str, Any], settings: Settings) -> str:
    body = json.dumps(
        {
            "id": "my-first-comment",
            "article_id": content["article"]["id"],
            "text": "Saturdays without cars would let my children cycle to the library on their own.",
        }
    )
    headers = f"-H 'Authorization: Bearer {access.api_key}' -H 'Content-Type: application/json'"
    paper = [f"  Newspaper  {access.newspaper}: an article, its comments, and what happens to yours"]
    return "\n".join(
        (
            *(paper if access.newspaper else ()),
            f"  Console    {access.base_url}/console",
            f"             sign in as {access.email} with the password {access.password}",
            f"  API        {access.base_url}, documented at {access.base_url}/docs",
            f"  API key    {access.api_key}",
            f"  All of this is also in {(settings.data_dir / demo_access.FILE).absolute()}.",
            "",
            "Send a comment, then ask for its verdict:",
            f"  curl -sS {access.base_url}/v1/comments {headers} -d {shlex.quote(body)}",
            f"  curl -sS '{access.base_url}/v1/comments/my-first-comment?wait=10' {headers}",
            "",
            "Made-up readers go on commenting for two minutes, so that the console has something to show.",
            "Ctrl-C stops everything.",
        )
    )


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
