"""A site's rejection reasons: what moderators choose from and what authors receive. For leads."""

import re
import secrets

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.console import access, acts
from service.console.blueprint import console
from service.console.formats import attribute_words, reason_words
from service.console.numbers import whole_number
from service.context import context
from service.db import add_or_find
from service.errors import Invalid, NotFound
from service.models import LegalGround, RejectionReason
from service.models.moderator import Role
from service.moderation.judgement import statements
from service.moderation.judgement.statements import BUILT_IN
from service.moderation.review import rejection_reasons
from service.sentences import worded
from service.vocabulary import Attribute

AT_MOST = 40


@console.get("/sites/<site>/reasons", endpoint="reasons")
@access.require(Role.LEAD)
def reasons_page() -> ResponseReturnValue:
    """Show the list and a form for each reason."""
    site = access.current_site()
    with context().database.read() as session:
        own = rejection_reasons.own(session, site.id)
        not_offered = rejection_reasons.not_offered(session, site.id)
    return render_template(
        "console/reasons.html",
        nav="Review",
        own=own,
        built_in=BUILT_IN,
        not_offered=not_offered,
        used_for=_used_for(),
        grounds=list(LegalGround),
    )


@console.post("/sites/<site>/reasons/start")
@access.require(Role.LEAD)
def start_reasons() -> ResponseReturnValue:
    """Make the built-in reasons the site's own, to change them."""
    site = access.current_site()
    with context().database.write() as session:
        if not rejection_reasons.own(session, site.id):
            for position, reason in enumerate(BUILT_IN):
                session.add(
                    RejectionReason(
                        site_id=site.id,
                        code=reason.code,
                        position=position,
                        label=reason.label,
                        sentence=reason.sentence,
                        ground=reason.ground,
                        provision=reason.provision,
                        redress=reason.redress,
                    )
                )
            _note(session, "reasons.started", "")
    return redirect(url_for("console.reasons"), 303)


@console.post("/sites/<site>/reasons")
@access.require(Role.LEAD)
def save_reason() -> ResponseReturnValue:
    """Add a reason, or change one; its code stays, because decisions carry it."""
    site, form = access.current_site(), request.form
    label = form.get("label", "").strip()
    if not label or len(label) > 80:
        raise Invalid(worded("The label has %(length)s characters. It must have 1 to 80.", length=len(label)))
    ground = form.get("ground", "")
    if ground not in list(LegalGround):
        raise Invalid("ground: must be terms or illegal.")
    with context().database.write() as session:
        if row_id := form.get("id"):
            row = session.get(RejectionReason, row_id)
            if row is None or row.site_id != site.id:
                raise NotFound("This site has no such rejection reason.")
        elif not statements.is_offered(code := form.get("code", "")):
            row = _not_offered(session, site.id, code)
        else:
            if len(rejection_reasons.own(session, site.id)) >= AT_MOST:
                raise Invalid(
                    worded(
                        "A site has at most %(most)s rejection reasons. Change an existing one instead.", most=AT_MOST
                    )
                )
            last = session.scalar(select(func.max(RejectionReason.position)).where(RejectionReason.site_id == site.id))
            row = RejectionReason(site_id=site.id, code=_new_code(label), label=label, position=(last or 0) + 1)
            session.add(row)
        row.label, row.ground = label, LegalGround(ground)
        row.sentence = form.get("sentence", "").strip()[:1000]
        row.provision = form.get("provision", "").strip()[:300]
        row.redress = form.get("redress", "").strip()[:1000]
        row.active = "active" in form and statements.is_offered(row.code)
        if (position := whole_number(form.get("position", ""))) is not None:
            row.position = position
        session.flush()
        _note(session, "reasons.saved", row.code)
    flash(_("Saved “%(label)s”.", label=label))
    return redirect(url_for("console.reasons"), 303)


def _not_offered(session: Session, site_id: str, code: str) -> RejectionReason:
    """Return the site's row of a reason that moderators do not choose; a new one where it had the built-in words."""
    same = select(RejectionReason).where(RejectionReason.site_id == site_id, RejectionReason.code == code)
    row = RejectionReason(site_id=site_id, code=code, label="", active=False)
    return add_or_find(session, row, lambda: session.scalar(same))[0]


def _used_for() -> dict[str, list[str]]:
    """Return, by code, what the policy rejects comments for with that reason, in words."""
    used: dict[str, list[str]] = {}
    for name, code in statements.FITTING.items():
        if name in statements.ONLY_HOLDING:
            continue
        used.setdefault(code, []).append(attribute_words(name) if name in list(Attribute) else reason_words(name))
    return used


def _new_code(label: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:40] or "reason"
    return f"{slug}_{secrets.token_hex(2)}"


def _note(session: Session, act: str, code: str) -> None:
    acts.record(session, act, subject=("rejection_reason", code))
