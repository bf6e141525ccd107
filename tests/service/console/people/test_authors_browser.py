"""An author's page in a real browser, at desktop and phone width, with hostile names and ids."""

import pytest

from service.db import Database
from service.models import Site
from service.moderation.policy import policies
from service.moderation.policy.rules import Rules
from service.vocabulary import Verdict
from tests.service.console.conftest import Opens
from tests.support.comments import moderate
from tests.support.held import hold

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("tries")]

PHONE = {"viewport": {"width": 390, "height": 844}}
NAMES = ("\"><img src=x onerror=alert(1)>'", "\u202enrobraH dlO\u202c", "a/b c?d=e&f#g", "Tom Reed")


@pytest.fixture(autouse=True)
def _authors(site: Site, database: Database) -> None:
    with database.write() as session:
        policies.activate(session, site.id, Rules(hold_newcomers=3, trust_after=10, strike_limit=4), author="Lea")
    verdicts = (Verdict.APPROVE, Verdict.REJECT, Verdict.APPROVE, Verdict.REJECT, None)
    for place, name in enumerate(NAMES):
        for number, verdict in enumerate(verdicts[: 5 if name == NAMES[-1] else 1]):
            comment = hold(database, site.id, place * 10 + number, author_id=name, author_name=name)
            if verdict is not None:
                moderate(database, comment, verdict)


@pytest.mark.parametrize(
    ("look", "options"),
    [("light", {}), ("phone-dark", PHONE | {"color_scheme": "dark"})],
    ids=["light", "phone-dark"],
)
def test_an_author_is_looked_at_and_blocked_without_a_fault(
    opens: Opens, look: str, options: dict[str, object]
) -> None:
    window = opens("lea@gazette.example", **options)
    for place, name in enumerate(NAMES if look == "light" else NAMES[-1:]):
        page = window.goto("/console/sites/gazette/review")
        page.evaluate("id => location.assign('/console/sites/gazette/author?id=' + encodeURIComponent(id))", name)
        page.wait_for_selector("text=Set standing")
        window.picture(f"author-{look}-{place}")
        page.get_by_label("Blocked").check()
        page.get_by_label("Reason, for other moderators").fill("Adverts under <b>three</b> articles \u202etoday")
        page.get_by_label("How long").select_option("7")
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector("text=Blocked: their comments are rejected.")
        window.fits(name)
        assert page.locator("main script, main img, main b:not(.tally b)").count() == 0
    window.picture(f"author-blocked-{look}")


def test_the_panel_and_the_policys_form_fit_a_phone(opens: Opens) -> None:
    window = opens("lea@gazette.example", **PHONE)
    page = window.goto("/console/sites/gazette/review")
    page.locator(".row-link").first.click()
    page.wait_for_selector(".author-line")
    page.locator(".author-line").scroll_into_view_if_needed()
    window.picture("author-panel-phone", whole=False)
    window.fits("panel")
    page = window.goto("/console/sites/gazette/policy")
    page.locator("#authors-title").scroll_into_view_if_needed()
    window.picture("author-policy-phone", whole=False)
    window.fits("policy")
