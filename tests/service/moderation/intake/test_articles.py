"""Which article is at a web address, among those that a site has sent."""

import pytest
from sqlalchemy import event, insert, text

from service.db import Database
from service.models import Article, Site
from service.moderation.intake import articles
from service.moderation.intake.articles import ArticleSubmission

PLACE = "https://news.example/2026/bridge"


def test_an_article_is_found_by_its_address(database: Database, site: Site, other_site: Site) -> None:
    long = f"https://news.example/{'б' * 600}"
    with database.write() as session:
        for number, url in enumerate((PLACE, f"{PLACE}?page=2", f"{long}1", f"{long}2", None)):
            articles.put(session, site.id, ArticleSubmission(id=f"a{number}", url=url, title="T"))
        articles.put(session, other_site.id, ArticleSubmission(id="other", url=f"{PLACE}/other", title="T"))
    with database.read() as session:

        def found(address: str) -> str | None:
            article = articles.find_at(session, site.id, address)
            return article.external_id if article else None

        same = (PLACE, f"{PLACE}/", f"{PLACE}#comments", f"{PLACE}?utm_source=mail", f" {PLACE}/?x=1#y ")
        assert {found(one) for one in same} == {"a0"}
        assert found(f"{PLACE}?page=2") == "a1"
        assert (found(f"{long}1"), found(f"{long}2"), found(long)) == ("a2", "a3", None)
        assert [found(one) for one in (f"{PLACE}/other", "https://news.example", "", "?", "#x")] == [None] * 5


@pytest.mark.reads_plans
def test_it_is_looked_up_by_the_index(database: Database, site: Site) -> None:
    with database.write() as session:
        rows = [{"site_id": site.id, "external_id": f"a-{n}", "url": f"https://news.example/{n}"} for n in range(500)]
        session.execute(insert(Article), rows)
        session.execute(text("ANALYZE"))
    sent: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.read() as session:
        articles.find_at(session, site.id, PLACE)
    event.remove(database.engine, "before_cursor_execute", note)
    statement, parameters = next(one for one in sent if "substr" in one[0])
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET enable_seqscan = off")
        plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(prefix + statement, parameters))
        connection.rollback()
    assert "ix_article_address" in plan, plan
