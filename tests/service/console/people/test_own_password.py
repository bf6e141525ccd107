"""A moderator changes their own password in the console."""

from dataclasses import replace

import pytest
from flask import Flask

from service.console.people import sign_in
from tests.support.console import PASSWORD, Person, enter, send_sign_in

NEW = "a brand new password"
FORM = "/console/account/password"


def test_a_new_password_takes_the_place_of_the_old_and_ends_the_other_sessions(ana: Person, app: Flask) -> None:
    elsewhere = enter(app.test_client(), ana.moderator)
    assert ana.post(FORM, {"password": PASSWORD, "new_password": NEW}).status_code == 303
    assert elsewhere.get("/console/account").status_code == 303, "the other session ended"
    assert "1 other sessions ended" in ana.get("/console/account").text, "this one goes on"
    assert send_sign_in(app.test_client(), ana.moderator.email, PASSWORD).status_code == 401
    assert send_sign_in(app.test_client(), ana.moderator.email, NEW).status_code == 303


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("current", "new", "status", "why"),
    [("wrong", NEW, 401, "current password is wrong"), (PASSWORD, "short", 422, "of at least 12 characters")],
)
def test_without_the_old_password_or_with_a_bad_new_one_nothing_changes(
    ana: Person, app: Flask, current: str, new: str, status: int, why: str
) -> None:
    answer = ana.post(FORM, {"password": current, "new_password": new})
    assert (answer.status_code, why in answer.text) == (status, True)
    assert send_sign_in(app.test_client(), ana.moderator.email, PASSWORD).status_code == 303


@pytest.mark.one_database
def test_guessing_the_old_password_is_slowed_like_signing_in(ana: Person) -> None:
    for _ in range(sign_in.PER_ACCOUNT_AND_ADDRESS):
        assert ana.post(FORM, {"password": "wrong", "new_password": NEW}).status_code == 401
    assert ana.post(FORM, {"password": PASSWORD, "new_password": NEW}).status_code == 429


@pytest.mark.one_database
def test_who_signs_in_without_a_password_has_none_to_change(ana: Person, app: Flask) -> None:
    app.extensions["moderato"] = _without_passwords(app)
    assert "New password" not in ana.get("/console/account").text
    assert ana.post(FORM, {"password": PASSWORD, "new_password": NEW}).status_code == 403


def _without_passwords(app: Flask) -> object:
    ours = app.extensions["moderato"]
    return replace(ours, settings=ours.settings.model_copy(update={"password_sign_in": False}))
