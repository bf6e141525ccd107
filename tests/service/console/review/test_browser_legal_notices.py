"""A legal notice from the public page to the lead's decision, in a real browser: no script there, every look here."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from service.db import Database, database_now
from service.models import LegalNotice, Site
from service.vocabulary import CommentStatus
from tests.service.api.reader.conftest import form_key
from tests.support.browser import Window
from tests.support.comments import classify, reread, submit
from tests.support.legal_notices import EMAIL, EXPLANATION, NAME

LOOKS = {
    "desk-light": ({}, ""),
    "phone-dark": ({"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}, "&language=de"),
}


@pytest.mark.one_database
@pytest.mark.parametrize("look", LOOKS)
def test_from_the_public_page_to_the_leads_decision(
    browser: Browser, address: str, database: Database, site: Site, look: str
) -> None:
    options, language = LOOKS[look]
    comment = submit(database, site.id, "c-0")
    classify(database)
    reader = Window(browser, address, refusals=True, java_script_enabled=False, **options)
    watched = Window(browser, address, refusals=True, **options)  # axe needs scripts; the page has none
    form = f"/v1/reader/legal-notices?key={form_key(database, site)}{language}"
    watched.goto(form)
    watched.fits("the form")
    watched.picture(f"legal-notice-form-{look}")
    watched.page.locator("main button").click()
    expect(watched.page.locator(".faults")).to_be_visible()
    watched.fits("the form with faults")
    watched.picture(f"legal-notice-faults-{look}")
    page = reader.goto(form)
    page.locator("#location").fill("c-0")
    page.locator("#kind").select_option("defamation")
    page.locator("#explanation").fill(EXPLANATION)
    page.locator("#name").fill(NAME)
    page.locator("#email").fill(EMAIL)
    page.locator("#good_faith").check()
    page.locator("main button").click()
    expect(page.locator(".reference")).to_be_visible()
    receipt = page.url.removeprefix(address)

    lead = Window(browser, address, **options).sign_in("lea@gazette.example")
    page = lead.goto("/console/sites/gazette/legal-notices")
    expect(page.get_by_text(EXPLANATION)).to_be_visible()
    expect(page.get_by_text(comment.text)).to_be_visible()
    lead.picture(f"legal-notices-{look}")
    page.locator("summary", has_text="Take the comment down").click()
    page.get_by_label("Sentence for the author").fill("A court forbade it.")
    lead.fits("legal notices with the form open")
    lead.picture(f"legal-notices-deciding-{look}")
    page.get_by_role("button", name="Take the comment down").click()
    expect(page.get_by_text("Taken down. Author and notifier hear of it")).to_be_visible()
    lead.fits("legal notices, decided")
    lead.picture(f"legal-notices-decided-{look}")
    assert reread(database, comment.id).status is CommentStatus.REJECTED
    with database.write() as session:
        session.execute(update(LegalNotice).values(undo_until=database_now(-60)))
    watched.goto(receipt)
    expect(watched.page.get_by_text("We have removed the comment.")).to_be_visible()
    watched.fits("the receipt")
    watched.picture(f"legal-notice-receipt-{look}")
    page = lead.goto("/console/sites/gazette/reasons")
    page.locator("summary", has_text="Too short or too long").click()
    lead.fits("reasons")
    lead.picture(f"legal-reasons-{look}")
    assert reader.faults + watched.faults + lead.faults == []
    for window in (reader, watched, lead):
        window.close()
