"""From the report button under an article to the moderator's queue, and to the article without the comment."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Route, expect

from service.accounts import keys
from service.accounts.perspective import Terms
from service.api import keeper
from service.api.reader import door
from service.db import Database
from service.installation.settings import Settings
from service.models import Reporter, Site
from service.moderation.reporters import marks
from service.vocabulary import CommentStatus, Scope, Verdict
from tests.service.console.conftest import Opens
from tests.support.browser import Window
from tests.support.comments import reread, submit
from tests.support.held import SAID, eventually, judge
from tests.support.reported import report

ARTICLE = """<!doctype html><html lang="en"><title>Bridge</title><main>
<moderato-comments article="bridge" article-title="Bridge"
  comments="{address}/v1/reader/comments?key={key}"></moderato-comments>
</main><script type="module" src="{address}/embed/comment-form.js"></script></html>"""


@pytest.mark.one_database
def test_a_readers_report_brings_a_comment_to_a_moderator_who_takes_it_down(
    opens: Opens, browser: Browser, address: str, app: Flask, database: Database, settings: Settings, site: Site
) -> None:
    text = SAID[0].text
    submit(database, site.id, "p-1", text, article_id="bridge", author_name="Tom Reed", author_id="u-tom")
    comment = judge(database, SAID[0], Verdict.APPROVE)
    for number in range(30):
        report(database, comment, f"raider-{number}", kind="abuse")
    with app.test_request_context(environ_overrides={"REMOTE_ADDR": "127.0.0.1"}):
        mark = marks.of_address(settings.keyring, site.id, door.address())
    with database.write() as session:
        session.add(Reporter(site_id=site.id, mark=mark, upheld=8, not_upheld=2))
        terms = Terms(origins=(address,))
        key = keys.create(session, site.id, "form", scopes=(Scope.SUBMIT,), perspective=terms)

    reader = Window(browser, address)
    body = ARTICLE.format(address=address, key=key)
    reader.context.route(f"{address}/article", lambda route: _serve(route, body))
    page = reader.goto("/article")
    page.get_by_role("button", name="Report: Tom Reed").click()
    dialog = page.get_by_role("dialog", name="Report this comment")
    dialog.get_by_label("It is insulting or threatening").check()
    dialog.get_by_label("Anything our moderators should know").fill("He means my neighbours.")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. Our moderators will look at it.")).to_be_visible()
    assert reread(database, comment.id).status is CommentStatus.HELD

    window = opens("ana@gazette.example")
    review = window.goto("/console/sites/gazette/review")
    review.get_by_role("link", name=re.compile("^Reported 1")).click()
    window.picture("reported-queue")
    review.locator(".row-link").first.click()
    panel = review.locator(".dossier")
    expect(panel.get_by_text("31 open reports")).to_be_visible()
    expect(panel.get_by_text("He means my neighbours.")).to_be_visible()
    expect(panel.get_by_text("8 of 10 other reports were upheld")).to_be_visible()
    expect(panel.get_by_text("and 30 more reports without words")).to_be_visible()
    window.picture("reported-comment")
    review.emulate_media(color_scheme="dark")
    review.set_viewport_size({"width": 390, "height": 844})
    window.goto(f"/console/sites/gazette/comments/{comment.id}")
    window.fits("a reported comment on a phone")
    window.picture("reported-comment-phone-dark")
    panel.locator("summary", has_text="Reject").click()
    panel.get_by_role("button", name="Reject", exact=True).click()
    eventually(database, CommentStatus.REJECTED, 1)
    keeper.of(app).pages.clear()  # which stay for a second
    page.reload()
    expect(page.get_by_text("No comments yet. Be the first to write one.")).to_be_visible()
    expect(page.get_by_text(text)).to_have_count(0)
    reader.close()


def _serve(route: Route, body: str) -> None:
    route.fulfill(content_type="text/html; charset=utf-8", body=body)
