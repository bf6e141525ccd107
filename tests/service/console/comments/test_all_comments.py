"""The page of all comments: one box for words and ids, filters in the address, CSV, and the way to an overturn."""

import csv
import io
from urllib.parse import quote

import pytest
from sqlalchemy import select

from service import cursors
from service.console.comments import unread
from service.db import Database
from service.models import AuditEntry, Comment, Decision, Delivery, Endpoint, ReviewAction, Site
from service.models.stored_ids import in_space
from service.moderation import audit_log
from service.moderation.actors import SERVICE
from service.moderation.erasure import erasing
from service.moderation.review import actions
from service.moderation.review.deciding import Ruling
from service.vocabulary import CommentStatus, Verdict
from tests.support.actors import CMS
from tests.support.comments import reread, submit
from tests.support.console import Person, text_of
from tests.support.held import hold
from tests.support.searching import read_all
from tests.support.webhooks import add_source

PAGE = "/console/sites/gazette/comments"


@pytest.fixture
def decided(database: Database, site: Site, ana: Person) -> Comment:
    """Three held comments, of which Ana rejected the first; all are in the index, with a callback about it."""
    with database.write() as session:
        session.add(Endpoint(site_id=site.id, url="https://cms.example/hooks", events=[]))
    first, *_ = [hold(database, site.id, number) for number in range(3)]
    with database.write() as session:
        ruling = Ruling(verdict=Verdict.REJECT, reason="insult", statement={"label": "Insults somebody"})
        actions.decide(session, site.id, ana.moderator, first.id, first.version, ruling, undo_seconds=0)
    read_all(database)
    return reread(database, first.id)


def newest(database: Database, kind: type) -> str:
    with database.read() as session:
        found = session.scalars(select(kind.id).order_by(kind.id.desc())).first()  # type: ignore[attr-defined]
    assert isinstance(found, str)
    return found


def test_a_decided_comment_is_found_by_words_and_overturned_on_its_page(
    decided: Comment, ana: Person, database: Database
) -> None:
    page = ana.get(f"{PAGE}?text={quote(decided.text[:30])}").text
    assert "Insults somebody" in page
    assert f"/comments/{decided.id}?found=text" in page
    own = ana.get(f"{PAGE}/{decided.id}?found=text%3Dbridge").text
    assert f'href="{PAGE}?text=bridge">← All comments' in own
    assert "Overturn: approve" in own
    ana.post(f"{PAGE}/{decided.id}/decision", {"verdict": "approve", "version": decided.version})
    assert reread(database, decided.id).status is CommentStatus.APPROVED


def test_an_id_leads_to_the_comment(decided: Comment, ana: Person, database: Database) -> None:
    delivery = newest(database, Delivery)
    for given in (decided.id, delivery, f"msg_{delivery}", newest(database, Decision), decided.external_id):
        answer = ana.get(PAGE, query_string={"text": given})
        assert (answer.status_code, answer.location) == (303, f"{PAGE}/{decided.id}"), given
    act = newest(database, ReviewAction)
    answer = ana.get(PAGE, query_string={"text": act})
    assert answer.location == f"{PAGE}?action={act}"
    assert decided.id in ana.get(answer.location).text


def test_an_id_that_several_have_shows_them_beside_what_the_words_find(
    decided: Comment, ana: Person, database: Database, site: Site
) -> None:
    with database.write() as session:
        forum = add_source(session, site.id)
    submit(database, site.id, in_space(forum.id, decided.external_id))
    page = text_of(ana.get(PAGE, query_string={"text": decided.external_id}).text)
    assert "With this id" in page
    one = ana.get(PAGE, query_string={"text": decided.external_id, "source": forum.id})
    assert one.status_code == 303
    assert one.location != f"{PAGE}/{decided.id}"
    author = text_of(ana.get(PAGE, query_string={"text": str(decided.author_external_id)}).text)
    assert f"Author {decided.author_external_id}" in author


def test_a_filter_in_the_address_is_in_the_form_and_in_a_chip_that_drops_it(decided: Comment, ana: Person) -> None:
    answer = ana.get(f"{PAGE}?status=rejected&reason=insult&moderator={ana.moderator.id}&since=2020-01-31")
    page = text_of(answer.text)
    assert answer.text.count('class="row ') + answer.text.count('class="row"') == 1
    for words in ("rejected × , remove", "reason: insult", "decided by Ana Lima", "from 2020-01-31"):
        assert words in page, words
    assert 'value="2020-01-31"' in answer.text
    assert "Nothing matches." in ana.get(f"{PAGE}?status=approved").text
    assert ana.get(f"{PAGE}?since=yesterday").status_code == 400
    assert ana.get(f"{PAGE}?since=0001-01-01").status_code == 400
    assert ana.get(f"{PAGE}?after=bnVsbA").status_code == 400
    assert ana.get(f"{PAGE}?status=bogus").status_code == 400


def test_a_source_that_shares_the_apis_ids_is_the_api(
    decided: Comment, ana: Person, database: Database, site: Site
) -> None:
    with database.write() as session:
        shares = add_source(session, site.id, "Blog", has_own_ids=False)
    answer = ana.get(PAGE, query_string={"source": shares.id})
    assert answer.location == f"{PAGE}?source=api"
    assert decided.id in ana.get(answer.location).text
    assert ana.get(f"{PAGE}?source={'0' * 32}").status_code == 404


def test_an_erased_comment_is_in_the_list_without_its_text(
    decided: Comment, ana: Person, database: Database, site: Site
) -> None:
    with database.write() as session:
        erasing.erase_comment(session, site.id, decided.external_id, by=CMS)
    page = ana.get(PAGE).text
    assert "Text erased" in page
    assert decided.text[:20] not in page


@pytest.mark.parametrize("query", ["text=bridge", "reason=toxic", "source=api"])
def test_the_page_says_so_while_many_comments_are_not_in_the_index_and_no_part_is_exported(
    query: str,
    decided: Comment,
    ana: Person,
    lea: Person,
    database: Database,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit(database, site.id, "new")
    assert "still being read" not in ana.get(f"{PAGE}?{query}").text
    assert lea.get(f"{PAGE}.csv?{query}").status_code == 200
    monkeypatch.setattr(unread, "MANY", 0)
    assert "still being read" in ana.get(f"{PAGE}?{query}").text
    assert "still being read" not in ana.get(f"{PAGE}?status=held").text
    assert lea.get(f"{PAGE}.csv?{query}").status_code == 409
    assert lea.get(f"{PAGE}.csv?status=held").status_code == 200


def test_csv_has_what_the_filter_finds_whole_without_formulas_and_on_record(
    decided: Comment, lea: Person, ana: Person, database: Database, site: Site
) -> None:
    long = "=cmd()" + " and the council did not answer" * 40
    hold(database, site.id, 9, text=long, author_name="+1 555", id="=9")
    read_all(database)
    assert ana.get(f"{PAGE}.csv").status_code == 403
    answer = lea.get(f"{PAGE}.csv?text=council+answer")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gazette-comments.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["comment"], row["author"], row["text"]) for row in rows] == [("'=9", "'+1 555", f"'{long}")]
    assert len(list(csv.reader(io.StringIO(lea.get(f"{PAGE}.csv?status=rejected").text)))) == 2
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "comments.export")).first()
    assert entry is not None
    assert entry.actor_id == lea.moderator.id
    assert "council" not in str(entry.detail), "what was searched for may be a comment's text"


def test_ids_in_the_audit_log_lead_to_the_comments_of_an_act(decided: Comment, lea: Person, database: Database) -> None:
    act = newest(database, ReviewAction)
    with database.write() as session:
        audit_log.record(
            session, "comment.decide", SERVICE, site_id=decided.site_id, subject_kind="review", subject_id=act
        )
    assert f'href="{PAGE}?text={act}"' in lea.get("/console/sites/gazette/audit").text


@pytest.mark.parametrize("row_id", ["\ud800", "\0"])
def test_a_place_that_no_database_takes_is_refused_like_other_garbage(ana: Person, row_id: str) -> None:
    after = cursors.encode(["2026-01-01T00:00:00+00:00", row_id])
    for page in (PAGE, f"{PAGE}/mine"):
        assert ana.get(page, query_string={"after": after}).status_code == 400, page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("".join(chr(0x4E00 + number) for number in range(1_000)), "at most 40 words"),
        ("🙂", "nothing to search"),
        ("- %", "nothing to"),
    ],
)
def test_a_search_for_too_much_or_for_nothing_says_so_and_finds_nothing(
    decided: Comment, ana: Person, lea: Person, database: Database, text: str, sentence: str
) -> None:
    page = ana.get(PAGE, query_string={"text": text})
    assert page.status_code == 200
    assert sentence in text_of(page.text)
    assert decided.id not in page.text
    sheet = lea.get(f"{PAGE}.csv", query_string={"text": text})
    assert sheet.status_code == 400
    with database.read() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "comments.export")).first() is None


def test_an_id_without_a_letter_leads_to_the_comment(ana: Person, database: Database, site: Site) -> None:
    comment = hold(database, site.id, 1, id="--")
    assert ana.get(PAGE, query_string={"text": "--"}).location == f"{PAGE}/{comment.id}"
