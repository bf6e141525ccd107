"""A webhook source as a page: signature, field map, trying a sample, dead letters. For admins."""

from dataclasses import asdict
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.console import access
from service.console.acts import record
from service.console.blueprint import console
from service.console.connections import common, map_form
from service.console.connections.common import Kind, faults_of, is_openable, mark_of, secret_page
from service.context import context
from service.errors import FieldError, Invalid, NotFound
from service.models import InboundState, InboundWebhook, Style, WebhookSource
from service.models.moderator import Role
from service.moderation.webhooks import inbound, sources
from service.moderation.webhooks.field_maps import Mapped
from service.moderation.webhooks.presets import PRESETS
from service.queues import CLASSIFICATION, DELIVERY

OWN = "own"  # the choice of a custom map
LETTERS = 50
STYLES = {
    Style.STANDARD: "Standard Webhooks",
    Style.GITHUB: "GitHub: X-Hub-Signature-256 (also our WordPress plugin)",
    Style.DISCOURSE: "Discourse: X-Discourse-Event-Signature",
    Style.GHOST: "Ghost: X-Ghost-Signature",
    Style.CORAL: "Coral: X-Coral-Signature",
    Style.TOKEN: "a fixed header, for senders that cannot sign",
}


@console.route("/sites/<site>/sources/new", methods=["GET", "POST"])
@access.require(Role.ADMIN)
def new_source() -> ResponseReturnValue:
    """Add a source and show its secret once."""
    if request.method == "GET":
        blank = {
            "name": "",
            "style": "standard",
            "token_header": "Authorization",
            "map": "moderato",
            "authors_of": sources.OWN,
        }
        return _page(None, fields=blank | map_form.fields_of(PRESETS["moderato"]), faults={})
    fields, chosen = _read_form()
    try:
        with context().database.write() as session:
            source, secret = sources.add(
                session,
                access.current_site().id,
                context().settings.keyring,
                name=_name(fields),
                style=fields["style"],
                secret=request.form.get("secret", "").strip() or None,
                token_header=_header(fields),
                authors_of=fields["authors_of"] or sources.OWN,
                **chosen,
            )
            KIND.record(session, "add", source, detail=_told(source))
    except Invalid as problem:
        return _page(None, fields=fields, faults=faults_of(problem.errors)), problem.status
    return secret_page("Source set up", secret, url_for("console.source", source_id=source.id), signs=False)


@console.get("/sites/<site>/sources/<source_id>")
@access.require(Role.ADMIN)
def source(source_id: str) -> ResponseReturnValue:
    """Show a source."""
    with context().database.read() as session:
        found = _required(session, source_id)
    return _page(found, fields=_fields_of(found), faults={})


@console.post("/sites/<site>/sources/<source_id>")
@access.require(Role.ADMIN)
def change_source(source_id: str) -> ResponseReturnValue:
    """Save name and map."""
    fields, chosen = _read_form()
    try:
        with context().database.write() as session:
            found = _required(session, source_id)
            sources.change(session, found, name=_name(fields), authors_of=fields["authors_of"] or None, **chosen)
            KIND.record(session, "change", found, detail=_told(found) | {"map": found.preset or OWN})
    except Invalid as problem:
        with context().database.read() as session:
            found = _required(session, source_id)
        return _page(
            found, fields=_fields_of(found) | _changed(fields), faults=faults_of(problem.errors)
        ), problem.status
    flash("Saved. You can now retry the dead letters below.")
    return _back(source_id)


@console.post("/sites/<site>/sources/<source_id>/switch")
@access.require(Role.ADMIN)
def switch_source(source_id: str) -> ResponseReturnValue:
    """Accept or refuse webhooks of this source."""
    on = common.switch(KIND, source_id)
    flash("Switched on." if on else "Switched off: its webhooks are refused.")
    return _back(source_id)


@console.post("/sites/<site>/sources/<source_id>/rotate")
@access.require(Role.ADMIN)
def rotate_source(source_id: str) -> ResponseReturnValue:
    """Accept a new secret, the CMS's own or a random one, and show it once."""
    given = request.form.get("secret", "").strip() or None
    keyring = context().settings.keyring
    secret = common.rotate(KIND, source_id, lambda found: sources.rotate(found, keyring, given))
    return secret_page("New secret", secret, url_for("console.source", source_id=source_id), signs=False)


@console.post("/sites/<site>/sources/<source_id>/end-rotation")
@access.require(Role.ADMIN)
def end_source_rotation(source_id: str) -> ResponseReturnValue:
    """Accept only the newest secret from now on."""
    common.end_rotation(KIND, source_id)
    flash("From now on only the newest secret is accepted.")
    return _back(source_id)


@console.post("/sites/<site>/sources/<source_id>/try")
@access.require(Role.ADMIN)
def try_source(source_id: str) -> ResponseReturnValue:
    """Show what the saved map makes of a sample, or the map in the form of a dead letter; nothing is stored."""
    if "letter" in request.form:
        return _try_letter(source_id, request.form["letter"])
    body, headers = request.form.get("body", ""), request.form.get("headers", "")
    with context().database.read() as session:
        found = _required(session, source_id)
    pairs = (line.partition(":") for line in headers.splitlines() if ":" in line)
    read = {name.strip().lower(): value.strip() for name, _, value in pairs}
    tried = sources.try_map(found, body, read)
    return _page(found, fields=_fields_of(found), faults={}, sample={"body": body, "headers": headers}, tried=tried)


def _try_letter(source_id: str, letter_id: str) -> str:
    fields, chosen = _read_form()
    faults: dict[str, str] = {}
    tried = None
    with context().database.read() as session:
        found = _required(session, source_id)
        letter = inbound.require_letter(session, found, letter_id)
        try:
            tried = sources.try_letter(found, letter, **chosen)
        except Invalid as problem:
            faults = faults_of(problem.errors)
    return _page(found, fields=_fields_of(found) | _changed(fields), faults=faults, tried=tried, on_letter=letter_id)


@console.post("/sites/<site>/sources/<source_id>/letters/replay")
@access.require(Role.ADMIN)
def replay_letters(source_id: str) -> ResponseReturnValue:
    """Try one dead letter, or all of them, with the current map."""
    letter_id = request.form.get("letter", "")
    with context().database.write() as session:
        found = _required(session, source_id)
        waiting = {letter.id: letter for letter in inbound.dead_letters(session, found)}
        if letter_id and letter_id not in waiting:
            raise NotFound("This source has no dead letter with this id.")
        chosen = [waiting[letter_id]] if letter_id else list(reversed(waiting.values()))  # oldest first, as they came
        for letter in chosen:
            inbound.replay(session, found, letter)
        applied = sum(letter.state is not InboundState.DEAD for letter in chosen)
        subject = ("webhook", letter_id) if letter_id else ("webhook_source", found.id)
        record(session, "webhook.replay", subject=subject, detail={"tried": len(chosen), "applied": applied})
    if applied:
        context().queues.wake(CLASSIFICATION)
        context().queues.wake(DELIVERY)
    flash(f"{applied:,} of {len(chosen):,} applied." if chosen else "There are no dead letters to retry.")
    return _back(source_id)


@console.post("/sites/<site>/sources/<source_id>/remove")
@access.require(Role.ADMIN)
def remove_source(source_id: str) -> ResponseReturnValue:
    """Remove a source with its dead letters."""
    return common.remove(KIND, source_id)


def _page(
    found: WebhookSource | None,
    *,
    fields: dict[str, str],
    faults: dict[str, str],
    sample: dict[str, str] | None = None,
    tried: Mapped | str | None = None,
    on_letter: str = "",
) -> str:
    letters: list[InboundWebhook] = []
    with context().database.read() as session:
        if found is not None:
            letters = inbound.dead_letters(session, found)
        others = [one for one in sources.of_site(session, access.current_site().id) if not found or one.id != found.id]
    address = sources.address_of(found) if found else ""
    public = context().settings.public_url or request.url_root
    return render_template(
        "console/source.html",
        nav="Connections",
        source=found,
        fields=fields,
        faults=faults,
        paths=map_form.PATHS,
        presets=list(PRESETS),
        own=OWN,
        others=others,
        styles=STYLES,
        address=public.rstrip("/") + address,
        letters=letters[:LETTERS],
        letters_in_all=len(letters),
        sample=sample,
        on_letter=on_letter,
        tried=asdict(tried) if isinstance(tried, Mapped) else tried,
        lost=found is not None and not is_openable(found),
        mark=mark_of(found) if found else "",
    )


def _read_form() -> tuple[dict[str, str], dict[str, Any]]:
    form = request.form
    fields, spelt = map_form.read(form)
    fields |= {name: form.get(name, "").strip() for name in ("name", "style", "token_header", "map", "authors_of")}
    preset = fields["map"]
    chosen = {"preset": "", "field_map": spelt} if preset == OWN else {"preset": preset, "field_map": {}}
    return fields, chosen


def _fields_of(found: WebhookSource) -> dict[str, str]:
    told = {"name": found.name, "style": found.style.value, "token_header": found.token_header}
    told["authors_of"] = sources.authors_of(found)
    told["map"] = OWN if found.field_map else found.preset
    usable = found.field_map or found.preset in PRESETS
    return told | map_form.fields_of(inbound.map_of(found) if usable else PRESETS["moderato"])


def _changed(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in ("style", "token_header")}


def _name(fields: dict[str, str]) -> str:
    if not 1 <= len(fields["name"]) <= 100:
        detail = f"The name has {len(fields['name'])} characters; between 1 and 100 are right."
        raise Invalid(detail, errors=[FieldError("#/name", "length", detail)])
    return fields["name"]


def _header(fields: dict[str, str]) -> str:
    header = fields["token_header"] or "Authorization"
    if len(header) > 100 or not header.replace("-", "").isalnum() or not header.isascii():
        detail = "A header’s name has letters, digits and hyphens."
        raise Invalid(detail, errors=[FieldError("#/token_header", "invalid", detail)])
    return header


def _required(session: Session, source_id: str) -> WebhookSource:
    return inbound.require(session, access.current_site().id, source_id)


def _back(source_id: str) -> ResponseReturnValue:
    return redirect(url_for("console.source", source_id=source_id), 303)


def _told(found: WebhookSource) -> dict[str, str]:
    return {"name": found.name}


def _switch(session: Session, found: WebhookSource, on: bool) -> None:
    sources.change(session, found, enabled=on)


KIND = Kind("source", "webhook_source", _required, _told, _switch, sources.remove)
